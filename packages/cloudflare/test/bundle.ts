import { join } from 'node:path'
import { build } from 'esbuild'

/** The script of a Worker, bundled from a module of this package. */
export async function bundle(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '..', path)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['source', 'workerd', 'worker'],
  })
  return outputFiles[0]?.text ?? ''
}
