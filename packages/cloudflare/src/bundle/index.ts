import { pathToFileURL } from 'node:url'
import { type BuildOptions, build } from 'esbuild'

/** The Workers of a deployment: the gateway answers requests, the linker handles notifications. */
export const WORKERS = ['gateway', 'linker'] as const
export type WorkerName = (typeof WORKERS)[number]

const OPTIONS = {
  absWorkingDir: import.meta.dirname,
  bundle: true,
  minify: true,
  write: false,
  logLevel: 'silent',
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['source', 'workerd', 'worker'],
} satisfies BuildOptions

const scripts = new Map<WorkerName, Promise<string>>()

/**
 * The production script of a Worker. The first call builds it; deployments and the local edition use the same script.
 */
export function bundleWorker(name: WorkerName): Promise<string> {
  const script = scripts.get(name) ?? bundleModule(entryOf(name))
  scripts.set(name, script)
  return script
}

/** The same Worker for a debugger: readable, with a source map to the sources on this machine. */
export async function bundleForDebugger(name: WorkerName): Promise<string> {
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [entryOf(name)],
    minify: false,
    sourcemap: 'inline',
    sourceRoot: `${pathToFileURL(import.meta.dirname)}/`,
  })
  return outputFiles[0]?.text ?? ''
}

/** Bundles a module, by its path or by the name of a package, into one ES module without imports. */
export async function bundleModule(entryPoint: string): Promise<string> {
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: [entryPoint] })
  return outputFiles[0]?.text ?? ''
}

function entryOf(name: WorkerName): string {
  return `@ckan-uplink/cloudflare/${name}`
}
