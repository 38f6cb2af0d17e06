import { createHash } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'
import { packageFunctionApp } from './bundles.ts'

export interface FunctionCode {
  /** The archive that `func azure functionapp publish` would send. Equal code gives equal bytes. */
  readonly archive: Uint8Array
  readonly digest: string
}

/** The earliest time in an archive. A fixed time makes builds reproducible. */
const FIRST_TIME = new Date(1980, 0, 1)

/** Bundles and packs the functions. */
export async function packFunctions(): Promise<FunctionCode> {
  const files = Object.entries(await packageFunctionApp()).map(([name, text]) => [name, strToU8(text)])
  const archive = zipSync(Object.fromEntries(files), { mtime: FIRST_TIME })
  return { archive, digest: createHash('sha256').update(archive).digest('hex') }
}
