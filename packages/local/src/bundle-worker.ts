import { type BuildOptions, build } from 'esbuild'

/** How the Worker is bundled, to be deployed or to be run here: one ES module without imports. */
export const WORKER_BUILD = {
  entryPoints: { worker: '@ckan-uplink/cloudflare/worker' },
  absWorkingDir: import.meta.dirname,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['source', 'workerd', 'worker'],
} satisfies BuildOptions

/** The production Worker's script, from its sources as they are now; or that of another module of this folder. */
export async function bundleWorker(entryPoint?: string): Promise<string> {
  const entryPoints = entryPoint === undefined ? WORKER_BUILD.entryPoints : { worker: entryPoint }
  const { outputFiles } = await build({ ...WORKER_BUILD, entryPoints, write: false, logLevel: 'silent' })
  return outputFiles[0]?.text ?? ''
}
