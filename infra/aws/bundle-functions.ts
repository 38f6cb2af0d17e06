import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFiles } from '@ckan-uplink/static-files'
import { packageFunction } from './bundle-function.ts'
import type { AwsFunction } from './names.ts'

/** The folder of each function. */
export type FunctionFolders = Readonly<Record<AwsFunction, string>>

/** Bundles the functions into folders, which exist while `use` runs: the CDK copies them when it declares functions. */
export async function withBundledFunctions<T>(use: (folders: FunctionFolders) => T): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'ckan-uplink-aws-'))
  try {
    const [linker, gateway, reconcile] = await Promise.all([
      bundleInto(root, 'linker'),
      bundleInto(root, 'gateway'),
      bundleInto(root, 'reconcile'),
    ])
    return use({ linker, gateway, reconcile })
  } finally {
    await rm(root, { recursive: true })
  }
}

async function bundleInto(root: string, kind: AwsFunction): Promise<string> {
  const folder = join(root, kind)
  await writeFiles(folder, await packageFunction(kind))
  return folder
}
