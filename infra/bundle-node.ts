import { build, type Plugin } from 'esbuild'

export interface NodeBundleOptions {
  /** Packages that the cloud's runtime provides. */
  readonly external?: readonly string[]
  readonly plugins?: readonly Plugin[]
}

/**
 * Bundles the entry of a package into one minified ES module for a cloud's Node. Deployments and tests use the same
 * module.
 */
export async function bundleForNode(
  entryPoint: string,
  { external = [], plugins = [] }: NodeBundleOptions = {},
): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: [entryPoint],
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'silent',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    conditions: ['source', 'module'],
    external: [...external],
    plugins: [...plugins],
    legalComments: 'none',
    // CommonJS dependencies load Node's modules with `require`, which does not exist in an ES module.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  })
  return outputFiles[0]?.text ?? ''
}
