import { type BuildOptions, build } from 'esbuild'

/** The day whose workerd the Worker runs on, deployed or here. */
export const COMPATIBILITY_DATE = '2026-07-01'

/** How the Worker is bundled, to be deployed or to be run here: one ES module without imports. */
export const WORKER_BUILD = {
  entryPoints: { worker: '@ckan-uplink/cloudflare/worker' },
  absWorkingDir: import.meta.dirname,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['source', 'workerd', 'worker'],
} satisfies BuildOptions

/** The production Worker's script, from its sources as they are now. */
export async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({ ...WORKER_BUILD, write: false, logLevel: 'silent' })
  return outputFiles[0]?.text ?? ''
}
