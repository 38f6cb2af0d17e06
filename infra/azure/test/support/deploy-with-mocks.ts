import { setImmediate as tick } from 'node:timers/promises'
import * as pulumi from '@pulumi/pulumi'
import { vi } from 'vitest'
import { packFunctions } from '../../code.ts'
import { createDeployment } from '../../deployment.ts'
import type { AzureEnvironment } from '../../entry.ts'
import type { Program } from '../../function-app.ts'

/** A resource that the program has declared. */
export interface Made {
  /** Such as `StorageAccount`. */
  readonly type: string
  readonly name: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly provider: string | undefined
}

export interface MockDeployment {
  /** In the order of their creation. */
  readonly made: readonly Made[]
  readonly outputs: Readonly<Record<string, unknown>>
  /** Resources that outlive the stack, by type and name. */
  readonly kept: readonly string[]
  /** The one resource of this type, or of this type and name. */
  only(type: string, name?: string): Made
  all(type: string): readonly Made[]
}

export const CLIENT_ID = '11111111-2222-3333-4444-555555555555'

/** Packed once for all tests. */
const code = packFunctions()

/** Runs the program for an environment on Pulumi's mocks. Every lookup succeeds, except for `missing`. */
export async function deployWithMocks(
  name: string,
  environment: AzureEnvironment,
  { missing = false } = {},
): Promise<MockDeployment> {
  const made: Made[] = []
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name: resource, inputs, provider }) => {
        const [, , kind = type] = type.split(':')
        // Publishing takes longer than all resources that do not wait for it.
        if (kind === 'Command') await untilQuiet(made)
        if (!type.startsWith('pulumi:') && !type.startsWith('ckan-uplink:'))
          made.push({ type: kind, name: resource, inputs, provider })
        return { id: idOf(kind, resource), state: { ...inputs, ...computed(inputs, resource) } }
      },
      call: async ({ token }) => {
        if (missing) throw new Error(`${token}: Not found.\nStatus=404`)
        return {}
      },
    },
    'ckan-uplink',
    name,
  )
  const kept = watchKept()
  try {
    const deployment = await createDeployment(name, environment, code)
    const outputs = await new Promise<Record<string, unknown>>((resolve) =>
      pulumi.output({ ...deployment }).apply(resolve),
    )
    await pulumi.runtime.disconnect()
    const all = (type: string) => made.filter((one) => one.type === type)
    return {
      made,
      outputs,
      kept: kept(),
      all,
      only: (type, one) =>
        onlyOne(
          all(type).filter(({ name: its }) => its === (one ?? its)),
          type,
        ),
    }
  } catch (error) {
    throw Object.assign(error as Error, { made })
  }
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

/** Waits until no more resources are created. Mocks answer within the process, so a number of turns is enough. */
async function untilQuiet(made: readonly Made[]): Promise<void> {
  for (let turns = 0, before = made.length; turns < 50; turns += 1) {
    await tick()
    if (made.length !== before) turns = 0
    before = made.length
  }
}

/** The id that the mocks give a resource. */
export function idOf(type: string, name: string): string {
  return `/${type}/${name}`
}

/** The properties that Azure computes. */
function computed(inputs: Readonly<Record<string, string>>, resource: string): Readonly<Record<string, unknown>> {
  const named = [
    'eventSubscriptionName',
    'containerName',
    'accountName',
    'systemTopicName',
    'name',
    'resourceGroupName',
  ].find((key) => key in inputs)
  return {
    ...(named !== undefined && { name: inputs[named] }),
    clientId: CLIENT_ID,
    principalId: `${resource}-principal`,
    connectionString: 'InstrumentationKey=of-component',
    identity: { principalId: `${resource}-principal` },
    stdout: '',
  }
}

function onlyOne([first, ...others]: readonly Made[], type: string): Made {
  if (first === undefined || others.length > 0)
    throw new Error(`${first ? others.length + 1 : 0} of ${type} were made.`)
  return first
}

/** The app of a program of the deployment `staging`. */
export function appOf({ only }: MockDeployment, program: Program): Made {
  return only('WebApp', program === 'gateway' ? 'staging' : 'staging-linker')
}

/** The settings of that app by name. */
export function settingsOfApp(deployment: MockDeployment, program: Program): Readonly<Record<string, string>> {
  const { appSettings } = appOf(deployment, program).inputs['siteConfig'] as {
    readonly appSettings: readonly { readonly name: string; readonly value: string }[]
  }
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]))
}
