import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AwsEnvironment } from '../../../../infra/aws/entry.ts'
import type { Ministack } from '../../../../scripts/aws/ministack/ministack.ts'
import { givenEnvironments } from '../../../support/give-environments.ts'

const execute = promisify(execFile)
const repository = fileURLToPath(new URL('../../../../', import.meta.url))

/** The name of the deployed environment and its stack. */
export const NAME = 'live'
export const STACK = `ckan-uplink-${NAME}`

/** The stack's outputs by name. */
export type Outputs = Readonly<Record<'gatewayUrl' | 'bucket' | 'queue' | 'deadLetterQueue' | 'apiEndpoint', string>>

/** The real CDK and the repository's own app, with environments of these tests. */
export interface Cdk {
  bootstrap(environment: AwsEnvironment): Promise<void>
  deploy(environment: AwsEnvironment): Promise<Outputs>
  destroy(environment: AwsEnvironment): Promise<void>
}

/** The CDK writes its files to `folder`. */
export function createCdk({ env }: Pick<Ministack, 'env'>, folder: string): Cdk {
  async function run(words: readonly string[], environment: AwsEnvironment): Promise<void> {
    const settings = {
      PATH: `${repository}node_modules/.bin:${process.env['PATH']}`,
      HOME: folder,
      CI: 'true',
      ...env,
      ...givenEnvironments({ [NAME]: environment }),
    }
    try {
      const flags = [
        '--context',
        `environment=${NAME}`,
        '--output',
        join(folder, 'cdk.out'),
        '--no-notices',
        '--no-version-reporting',
        '--no-color',
      ]
      await execute(`${repository}infra/aws/node_modules/.bin/cdk`, [...words, ...flags], {
        cwd: repository,
        env: settings,
        timeout: 240_000,
      })
    } catch (failure) {
      const { stdout = '', stderr = '' } = failure as { readonly stdout?: string; readonly stderr?: string }
      throw new Error(`cdk ${words[0]} failed: ${stdout}${stderr || String(failure)}`)
    }
  }

  return {
    bootstrap: (environment) => run(['bootstrap'], environment),
    async deploy(environment) {
      const outputs = join(folder, 'outputs.json')
      await run(['deploy', '--require-approval', 'never', '--outputs-file', outputs], environment)
      return JSON.parse(await readFile(outputs, 'utf8'))[STACK]
    },
    destroy: (environment) => run(['destroy', '--force'], environment),
  }
}
