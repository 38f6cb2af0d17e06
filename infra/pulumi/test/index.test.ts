import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkoutVersion } from '../../checkout-version.ts'

interface Run {
  readonly outputs: Readonly<Record<string, unknown>>
  readonly packages: readonly string[]
}

/** Runs in a new process, where no package is loaded yet. */
async function start(stack: string): Promise<Run> {
  const script = join(import.meta.dirname, 'support/run-entry.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', script, stack])
  return JSON.parse(stdout)
}

describe('the one project of Pulumi', () => {
  it("starts the program of the stack's cloud", async () => {
    expect((await start('cloudflare-example')).outputs).toMatchObject({
      bucket: 'ckan-uplink-example',
      queue: 'ckan-uplink-cloudflare-example',
    })
    expect((await start('azure-example')).outputs).toEqual({
      gatewayUrl: 'https://ckan-uplink-example.azurewebsites.net',
      bucket: 'ckan-uplink-example',
      queue: 'ckan-uplink-azure-example',
      deadLetterQueue: 'uplink-dead-letters',
      version: checkoutVersion(),
    })
  })

  it.each([
    [
      'cloudflare-example',
      ['infra/cloudflare/node_modules/@pulumi/cloudflare', 'infra/cloudflare/node_modules/@pulumi/pulumi'],
    ],
    ['azure-example', ['azure-native', 'command', 'pulumi'].map((name) => `infra/azure/node_modules/@pulumi/${name}`)],
  ])('loads the packages of no other cloud for %s', async (stack, packages) => {
    expect((await start(stack)).packages.toSorted()).toEqual(
      [...packages, 'infra/pulumi/node_modules/@pulumi/pulumi'].toSorted(),
    )
  })

  it.each([
    [
      'aws-example',
      'Environment aws-example is on AWS, not on Cloudflare or Azure: deploy it with cdk deploy -c environment=aws-example.',
    ],
    ['producton', 'There is no environment "producton" in environments.ts'],
  ])('reports the fault of the stack %s in one sentence', async (stack, sentence) => {
    await expect(start(stack)).rejects.toThrow(sentence)
  })
})
