import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { beforeAll, describe, expect, it } from 'vitest'
import { environments } from '../../../environments.ts'
import { installRequirements } from '../../../scripts/ckan/requirements.ts'
import type { AwsEnvironment } from '../entry.ts'
import { least, most } from './support/environments.ts'
import { createApp, declareIn, synthesise } from './support/synthesise.ts'

const PREFIXES = 'A part of the bucket is named by its prefix: keys are made with each upload.'
const ACCEPTED: Readonly<Record<string, string>> = {
  'AwsSolutions-S1':
    'Who may upload is written down in upload records, what was asked of the gateway in its access log; a log of each request to S3 would name people for no purpose.',
  'AwsSolutions-APIG4':
    'The gateway asks CKAN who the caller is and what they may do, with the token that came with the request.',
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/uploads/open/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/images/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/uplink/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/uplink/open/*]': PREFIXES,
}

function checked(acknowledged: Readonly<Record<string, string>>): App {
  const app = createApp()
  const stack = declareIn(app, 'staging', most)
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  for (const [id, reason] of Object.entries(acknowledged)) Validations.of(stack).acknowledge({ id, reason })
  return app
}

describe("AWS's own rules of security (cdk-nag)", () => {
  it('are kept, but for what is accepted with a reason', () => {
    const app = checked(ACCEPTED)
    expect(() => app.synth()).not.toThrow()
  })

  it.each(Object.keys(ACCEPTED))('would be broken but for the reason that %s has', async (id) => {
    const { [id]: _, ...others } = ACCEPTED
    const app = checked(others)
    expect(() => app.synth()).toThrow(`Acknowledge with 'AwsSolutions::${id}'`)
  })
})

describe("CloudFormation's own schemas (cfn-lint)", () => {
  const python = fileURLToPath(new URL('../../../.local/cfn-lint', import.meta.url))
  const aws = Object.entries(environments).filter(
    (entry): entry is [string, AwsEnvironment] => entry[1].provider === 'aws',
  )

  beforeAll(async () => {
    await installRequirements(
      fileURLToPath(new URL('support/cfn-lint.txt', import.meta.url)),
      python,
      'cfn-lint-install',
    )
  })

  it.each([...aws, ['least', least] as const, ['most', most] as const])(
    'take what is synthesised, for %s',
    async (name, environment) => {
      expect(await faultsOf(synthesise(name, environment).file)).toEqual([])
    },
  )

  it('would not take a bucket property that there is not', async () => {
    const { file } = synthesise('staging', least)
    await writeFile(
      `${file}.spoilt`,
      (await readFile(file, 'utf8')).replace('"NotificationConfiguration"', '"Notifications"'),
    )
    expect(await faultsOf(`${file}.spoilt`)).toEqual([expect.stringContaining("'Notifications' was unexpected")])
  })

  /** What cfn-lint finds, W3005 apart: dependencies that the CDK writes down twice. */
  async function faultsOf(template: string): Promise<readonly string[]> {
    const lint = promisify(execFile)(`${python}/bin/cfn-lint`, [
      '--format',
      'parseable',
      '--ignore-checks',
      'W3005',
      '--',
      template,
    ])
    const { stdout } = await lint.catch((error: unknown) => error as { readonly stdout: string })
    return stdout.split('\n').filter((line) => line !== '')
  }
})
