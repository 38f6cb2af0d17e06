import type * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js'
import * as managedidentity from '@pulumi/azure-native/managedidentity/index.js'
import * as command from '@pulumi/command/local/index.js'
import type * as pulumi from '@pulumi/pulumi'
import { createFunctionApp } from './create-function-app.ts'
import type { AzureEnvironment } from './entry.ts'
import { secretId } from './existing.ts'
import type { Program } from './function-app.ts'
import { createHostStorage } from './host-storage.ts'
import type { Place } from './place.ts'
import { type Grant, grant } from './roles.ts'

export interface ProgramArgs {
  readonly program: Program
  readonly environment: AzureEnvironment
  readonly place: Place
  readonly component: applicationinsights.Component
  /** The digest of the functions' code. A change publishes the code. */
  readonly codeDigest: string
  /** The program's rights by name, beside its own storage and telemetry. */
  readonly grants: Readonly<Record<string, Omit<Grant, 'subscriptionId' | 'principalId'>>>
}

export interface DeployedProgram {
  readonly functionAppId: pulumi.Output<string>
  /** Created when the functions exist. */
  readonly published: pulumi.Resource
}

/**
 * The function app of one program, with its own identity, host storage and rights. All functions of an app share its
 * settings and its identity, so only separate apps keep the service token from the gateway.
 */
export function createProgram(name: string, args: ProgramArgs, options: pulumi.CustomResourceOptions): DeployedProgram {
  const { program, environment, place, component, codeDigest } = args
  const label = program === 'gateway' ? name : `${name}-${program}`
  const identity = new managedidentity.UserAssignedIdentity(
    label,
    { ...place, resourceName: `ckan-uplink-${label}` },
    options,
  )
  const host = createHostStorage(label, { program, environment, place }, options)
  const headers = environment.openTelemetry?.headers
  const grants = {
    ...args.grants,
    host: { role: 'Storage Blob Data Owner', scope: host.account.id },
    telemetry: { role: 'Monitoring Metrics Publisher', scope: component.id },
    ...(headers && {
      headers: { role: 'Key Vault Secrets User' as const, scope: secretId(environment, headers.secret) },
    }),
  } as const
  const { subscriptionId } = environment
  const { principalId } = identity
  const dependsOn = Object.entries<Omit<Grant, 'subscriptionId' | 'principalId'>>(grants).map(([what, one]) =>
    grant(`${label}-${what}`, { ...one, subscriptionId, principalId }, options),
  )
  const parts = { ...place, program, environment, identity, host, component }
  const app = createFunctionApp(label, parts, { ...options, dependsOn })
  const create = `node --conditions=source ../azure/publish.ts ${name} ${program}`
  const published = new command.Command(
    label,
    { create, triggers: [codeDigest, app.id] },
    { ...options, dependsOn: [app] },
  )
  return { functionAppId: app.id, published }
}
