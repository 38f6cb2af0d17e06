import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AwsFunction } from '../aws-names.ts'
import { bundleForNode } from '../bundle-node.ts'

/** Where each function's `index.mjs` lies. */
export type FunctionFolders = Readonly<Record<AwsFunction, string>>

/** Bundles the functions, each into a folder of its own below a temporary one, from which the CDK takes its copy. */
export async function bundleFunctions(): Promise<FunctionFolders> {
  const root = await mkdtemp(join(tmpdir(), 'ckan-uplink-aws-'))
  const [linker, gateway, reconcile] = await Promise.all([bundleInto(root, 'linker'), bundleInto(root, 'gateway'), bundleInto(root, 'reconcile')])
  return { linker, gateway, reconcile }
}

async function bundleInto(root: string, kind: AwsFunction): Promise<string> {
  const folder = join(root, kind)
  await mkdir(folder)
  await writeFile(join(folder, 'index.mjs'), await bundleForNode(`@ckan-uplink/aws/${kind}`))
  return folder
}
