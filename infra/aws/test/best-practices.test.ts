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

const PREFIXES = 'A prefix names a part of the bucket: each upload gets a new key.'
const ACCEPTED: Readonly<Record<string, string>> = {
  'AwsSolutions-S1':
    'Upload records hold the uploader, and the access log the requests to the gateway; a log of each request to S3 would name people without need.',
  'AwsSolutions-APIG4': "The gateway asks CKAN for the caller's identity and rights, with the token of the request.",
  'AwsSolutions-IAM5[Resource::*]': 'X-Ray has no resources that a policy could name.',
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/uploads/open/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/images/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/filestore/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/uplink/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/uplink/open/*]': PREFIXES,
  'AwsSolutions-IAM5[Resource::arn:aws:s3:::open-data/uplink/quotas/*/open/*]': PREFIXES,
}

function checked(acknowledged: Readonly<Record<string, string>>): App {
  const app = createApp()
  const stack = declareIn(app, 'staging', most)
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  for (const [id, reason] of Object.entries(acknowledged)) Validations.of(stack).acknowledge({ id, reason })
  return app
}

describe("AWS's own rules of security (cdk-nag)", () => {
  it('are kept, except for findings that are accepted with a reason', () => {
    const app = checked(ACCEPTED)
    expect(() => app.synth()).not.toThrow()
  })

  it.each(Object.keys(ACCEPTED))('have a finding that the reason for %s accepts', async (id) => {
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

  const scanned: AwsEnvironment = { ...least, scanner: 'platform', keepRemovedDays: 30 }
  it.each([...aws, ['least', least] as const, ['most', most] as const, ['scanned', scanned] as const])(
    'accept the template of %s',
    async (name, environment) => {
      expect(await faultsOf(synthesise(name, environment).file)).toEqual([])
    },
  )

  it('refuse an unknown bucket property', async () => {
    const { file } = synthesise('staging', least)
    await writeFile(
      `${file}.spoilt`,
      (await readFile(file, 'utf8')).replace('"NotificationConfiguration"', '"Notifications"'),
    )
    expect(await faultsOf(`${file}.spoilt`)).toEqual([expect.stringContaining("'Notifications' was unexpected")])
  })

  /** The findings of cfn-lint except W3005, because the CDK declares dependencies twice. */
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
