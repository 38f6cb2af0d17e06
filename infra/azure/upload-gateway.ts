import type * as authorization from '@pulumi/azure-native/authorization/index.js'
import * as managedidentity from '@pulumi/azure-native/managedidentity/index.js'
import * as command from '@pulumi/command/local/index.js'
import * as pulumi from '@pulumi/pulumi'
import type { AzureEnvironment } from '../environment.ts'
import { type Alarm, alarmOnAddress, alarmOnLogs, createActionGroup } from './alarms.ts'
import { createFunctionApp } from './create-function-app.ts'
import { secretId } from './existing.ts'
import { createHostStorage, type HostStorage } from './host-storage.ts'
import type { Place } from './place.ts'
import { type Grant, grant } from './roles.ts'
import { createTelemetry, type Telemetry } from './telemetry.ts'
import type { UploadBucket } from './upload-bucket.ts'

export interface UploadGatewayArgs {
  readonly environment: AzureEnvironment
  readonly uploads: UploadBucket
  /** Of the functions' code: it is published when this changes. */
  readonly codeDigest: string
}

/** Invocations fail while CKAN can't be reached, and come again; so many in half an hour is more than a passing fault. */
const FAILURES = 20

/** The function app with its identity, settings and code, what its host needs, and whoever is told when it isn't well. */
export class UploadGateway extends pulumi.ComponentResource {
  readonly functionAppId: pulumi.Output<string>
  /** Done when the functions are there. */
  readonly published: pulumi.Resource
  /** None when nobody wants to be told. */
  readonly alarm: Alarm | undefined

  constructor(name: string, args: UploadGatewayArgs, options: pulumi.ComponentResourceOptions) {
    super('ckan-uplink:azure:UploadGateway', name, {}, options)
    const { environment, codeDigest } = args
    const child = { parent: this }
    const place = { resourceGroupName: args.uploads.account.resourceGroupName, location: environment.location }
    const identity = new managedidentity.UserAssignedIdentity(
      name,
      { ...place, resourceName: `ckan-uplink-${name}` },
      child,
    )
    const telemetry = createTelemetry(name, place, child)
    const host = createHostStorage(name, environment, place, child)
    const dependsOn = this.#grant(name, args, identity, host, telemetry)
    const { component } = telemetry
    const app = createFunctionApp(name, { ...place, environment, identity, host, component }, { ...child, dependsOn })
    const create = `node --conditions=source ../azure/publish.ts ${name}`
    this.published = new command.Command(
      name,
      { create, triggers: [codeDigest, app.id] },
      { ...child, dependsOn: [app] },
    )
    this.functionAppId = app.id
    this.alarm = this.#watch(name, environment, place, telemetry)
    this.registerOutputs({ functionAppId: this.functionAppId })
  }

  /** All that the functions may do. */
  #grant(
    name: string,
    { environment, uploads }: UploadGatewayArgs,
    { principalId }: managedidentity.UserAssignedIdentity,
    host: HostStorage,
    { component }: Telemetry,
  ): authorization.RoleAssignment[] {
    const grants: Readonly<Record<string, Pick<Grant, 'role' | 'scope'>>> = {
      uploads: { role: 'Storage Blob Data Contributor', scope: uploads.bucketId },
      // URLs are signed with a key of the identity's, which the account gives out: https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
      signing: { role: 'Storage Blob Delegator', scope: uploads.account.id },
      host: { role: 'Storage Blob Data Owner', scope: host.account.id },
      token: { role: 'Key Vault Secrets User', scope: secretId(environment) },
      telemetry: { role: 'Monitoring Metrics Publisher', scope: component.id },
    }
    const { subscriptionId } = environment
    return Object.entries(grants).map(([what, one]) =>
      grant(`${name}-${what}`, { ...one, subscriptionId, principalId }, { parent: this }),
    )
  }

  #watch(
    name: string,
    { alarmEmails: emails = [], gatewayUrl }: AzureEnvironment,
    place: Place,
    { workspaceId, component }: Telemetry,
  ): Alarm | undefined {
    if (emails.length === 0) return undefined
    const child = { parent: this }
    const { id: actionGroupId } = createActionGroup(name, { ...place, emails }, child)
    const alarm = { ...place, actionGroupId }
    const parked = `AppTraces | where Message contains '"outcome":"parked"'`
    const failed = 'AppRequests | where Success == false and OperationName != "gateway"'
    alarmOnAddress(
      `${name}-not-ready`,
      alarm,
      { url: new URL('readyz', gatewayUrl).href, componentId: component.id },
      child,
    )
    alarmOnLogs(`${name}-parked`, alarm, { workspaceId, query: parked, threshold: 0 }, child)
    alarmOnLogs(`${name}-failing`, alarm, { workspaceId, query: failed, threshold: FAILURES }, child)
    return alarm
  }
}
