import { createHash } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'
import { packageFunctionApp } from './bundles.ts'

export interface FunctionCode {
  /** What `func azure functionapp publish` would send: the same bytes for the same code. */
  readonly archive: Uint8Array
  readonly digest: string
}

/** The least time that an archive can hold, so that building it again makes no other. */
const FIRST_TIME = new Date(1980, 0, 1)

/** The functions, bundled and packed. */
export async function packFunctions(): Promise<FunctionCode> {
  const files = Object.entries(await packageFunctionApp()).map(([name, text]) => [name, strToU8(text)])
  const archive = zipSync(Object.fromEntries(files), { mtime: FIRST_TIME })
  return { archive, digest: createHash('sha256').update(archive).digest('hex') }
}
