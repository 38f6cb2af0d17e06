import * as pulumi from '@pulumi/pulumi'
import { vi } from 'vitest'
import { createDeployment } from '../../deployment.ts'
import type { CloudflareEnvironment } from '../../entry.ts'

/** A resource that the program has declared. */
export interface Made {
  /** Such as `R2Bucket`. */
  readonly type: string
  readonly name: string
  readonly inputs: Readonly<Record<string, unknown>>
  /** The names of the inputs that Pulumi keeps encrypted. */
  readonly encrypted: readonly string[]
  /** The id from which Pulumi imports it. */
  readonly importId?: string
}

export interface MockDeployment {
  readonly made: readonly Made[]
  readonly outputs: Readonly<Record<string, unknown>>
  /** Resources that outlive the stack, by type and name. */
  readonly kept: readonly string[]
  /** The one resource of this type, or of this type and name. */
  only(type: string, name?: string): Made
}

export const CKAN_TOKEN = 'ckan-service-token'
export const GRANT_SECRET = 'c0'.repeat(32)
export const WEBHOOK_SECRET = `whsec_${'c0'.repeat(16)}`
export const ZONE_ID = 'fedcba9876543210fedcba9876543210'

/** Pulumi's mark of a secret on its way to the engine: https://www.pulumi.com/docs/iac/concepts/secrets/ */
const SECRET_MARK = '4dabf18193072939515e22adb298388d'

/** Runs the program for an environment on Pulumi's mocks. The account has the zone example.org. */
export async function deployWithMocks(name: string, environment: CloudflareEnvironment): Promise<MockDeployment> {
  const made: Made[] = []
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name: resource, inputs, id }) => {
        const [provider, , kind = type] = type.split(':')
        if (provider === 'cloudflare')
          made.push({ type: kind, name: resource, ...opened(inputs), ...(id && { importId: id }) })
        return { id: id || `${resource}-id`, state: { ...inputs, ...computed(kind, resource) } }
      },
      call: ({ inputs }) => {
        if (inputs.filter?.name !== 'example.org') throw new Error('zone not found')
        return { id: ZONE_ID }
      },
    },
    'ckan-uplink',
    name,
  )
  const kept = watchKept()
  const config = {
    'ckan-uplink:ckanToken': CKAN_TOKEN,
    'ckan-uplink:grantSecret': GRANT_SECRET,
    'ckan-uplink:webhookSecret': WEBHOOK_SECRET,
  }
  pulumi.runtime.setAllConfig(config, Object.keys(config))
  const deployment = await createDeployment(name, environment)
  const outputs = await new Promise<Record<string, unknown>>((resolve) =>
    pulumi.output({ ...deployment }).apply(resolve),
  )
  await pulumi.runtime.disconnect()
  return { made, outputs, kept: kept(), only: (type, resource) => onlyOne(made, type, resource) }
}

/** Records the resources that outlive the stack, which mocks do not see. The result returns their types and names. */
function watchKept(): () => readonly string[] {
  const monitor = pulumi.runtime.getMonitor()
  if (monitor === undefined) throw new Error('There are no mocks yet.')
  const { mock } = vi.spyOn(monitor, 'registerResource')
  const requests = () => mock.calls.map(([request]) => request)
  return () =>
    requests().flatMap((one) =>
      one.getRetainondelete() ? [`${one.getType().split(':').at(-1)} ${one.getName()}`] : [],
    )
}

/** The properties that Cloudflare computes. */
function computed(kind: string, resource: string): Readonly<Record<string, string>> {
  if (kind === 'Queue') return { queueId: `${resource}-queue-id` }
  return kind === 'AccountToken' ? { value: 'token-value' } : {}
}

function opened(inputs: Readonly<Record<string, unknown>>): Pick<Made, 'inputs' | 'encrypted'> {
  const values = Object.entries(inputs).map(([name, input]) => [name, isSecret(input) ? input.value : input] as const)
  const encrypted = Object.keys(inputs).filter((name) => isSecret(inputs[name]))
  return { inputs: Object.fromEntries(values), encrypted }
}

function isSecret(input: unknown): input is { readonly value: unknown } {
  return typeof input === 'object' && input !== null && SECRET_MARK in input
}

function onlyOne(made: readonly Made[], type: string, name?: string): Made {
  const [first, ...others] = made.filter((one) => one.type === type && (name ?? one.name) === one.name)
  if (first === undefined || others.length > 0)
    throw new Error(`${first ? others.length + 1 : 0} of ${type} were made; there are ${made.map((one) => one.type)}.`)
  return first
}
