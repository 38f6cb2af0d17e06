import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Files, staticFolder } from '@ckan-uplink/static-files'
import type { Plugin } from 'esbuild'
import { bundleForNode } from '../bundle-node.ts'
import type { AwsFunction } from './names.ts'

/** The folder of a function: the module that Lambda runs, and for the gateway its static files. */
export async function packageFunction(name: AwsFunction): Promise<Files> {
  return {
    'index.mjs': await bundleForNode(`@ckan-uplink/aws/${name}`, { plugins: [lambdaOnly] }),
    ...(name === 'gateway' && (await staticFolder())),
  }
}

/**
 * Leaves out the parts of the AWS SDK that never run in Lambda, a sixth of a bundle. Lambda gives the credentials of
 * the function's role in variables, which the SDK tries first. Its other sources of credentials read profiles, SSO
 * sessions and metadata services. Of its `package.json` files, the SDK reads the version.
 */
const lambdaOnly: Plugin = {
  name: 'lambda-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]@aws-sdk[\\/]credential-provider-node[\\/].*index\.js$/ }, ({ path }) => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'`,
      resolveDir: dirname(path),
    }))
    build.onLoad({ filter: /[\\/]@aws-sdk[\\/][^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8'))
      return { contents: JSON.stringify({ version }), loader: 'json' }
    })
  },
}
