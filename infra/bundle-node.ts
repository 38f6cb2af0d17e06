import { build } from 'esbuild'

export interface NodeBundleOptions {
  /** Packages that the cloud's own runtime provides. */
  readonly external?: readonly string[]
}

/**
 * One ES module for the Node of a cloud's functions, minified, from the entry of a package, such as `@ckan-uplink/aws/linker`:
 * the same to be deployed as to be tested.
 */
export async function bundleForNode(entryPoint: string, { external = [] }: NodeBundleOptions = {}): Promise<string> {
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
    legalComments: 'none',
    // Dependencies that are CommonJS ask for Node's own modules by `require`, which an ES module hasn't got.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  })
  return outputFiles[0]?.text ?? ''
}
