import * as pulumi from '@pulumi/pulumi'
import { type Alarm, alarmOnAddress, alarmOnLogs, createActionGroup } from './alarms.ts'
import type { AzureEnvironment } from './entry.ts'
import { secretId } from './existing.ts'
import { EVENT_ATTEMPTS } from './names.ts'
import type { Place } from './place.ts'
import { createProgram } from './program.ts'
import { createTelemetry, type Telemetry } from './telemetry.ts'
import type { UploadBucket } from './upload-bucket.ts'
import type { WebhooksQueue } from './webhooks-queue.ts'
import { createWorkbook } from './workbook.ts'

export interface UploadGatewayArgs {
  readonly environment: AzureEnvironment
  readonly uploads: UploadBucket
  /** Absent without receivers of events. */
  readonly events: WebhooksQueue | undefined
  /** The digest of the functions' code. A change publishes the code. */
  readonly codeDigest: string
}

/**
 * Invocations fail and are retried while CKAN is unreachable, and deliveries of events fail with their receivers. More
 * failures of the others in half an hour need an operator.
 */
const FAILURES = 20

/** The failed last attempts to deliver an event. */
const LAST_ATTEMPTS = `AppTraces | where Message contains '"event_not_delivered"' | where toint(parse_json(Message).attempt) >= ${EVENT_ATTEMPTS}`

/** The gateway's function app, the logs of all programs, and the people who get their alarms. */
export class UploadGateway extends pulumi.ComponentResource {
  readonly place: Place
  readonly telemetry: Telemetry
  /** Absent if the entry has no addresses. */
  readonly alarm: Alarm | undefined

  constructor(name: string, args: UploadGatewayArgs, options: pulumi.ComponentResourceOptions) {
    super('ckan-uplink:azure:UploadGateway', name, {}, options)
    const { environment, uploads, events, codeDigest } = args
    const child = { parent: this }
    this.place = { resourceGroupName: uploads.account.resourceGroupName, location: environment.location }
    this.telemetry = createTelemetry(name, this.place, child)
    createWorkbook(name, this.place, this.telemetry.workspaceId, child)
    const { component } = this.telemetry
    const grants = {
      uploads: { role: 'Storage Blob Data Contributor', scope: uploads.bucketId },
      // The account issues a key for the identity, which signs the URLs:
      // https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
      signing: { role: 'Storage Blob Delegator', scope: uploads.account.id },
      ...(events && { events: events.sending }),
      ...(environment.grantSecret && {
        plugin: {
          role: 'Key Vault Secrets User' as const,
          scope: secretId(environment, environment.grantSecret.secret),
        },
      }),
    } as const
    const parts = { program: 'gateway', environment, place: this.place, component, codeDigest, grants } as const
    const { functionAppId } = createProgram(name, parts, child)
    this.alarm = this.#watch(name, args)
    this.registerOutputs({ functionAppId })
  }

  #watch(name: string, { environment, events }: UploadGatewayArgs): Alarm | undefined {
    const { alarmEmails: emails = [], gatewayUrl } = environment
    if (emails.length === 0) return undefined
    const child = { parent: this }
    const { workspaceId, component } = this.telemetry
    const { id: actionGroupId } = createActionGroup(name, { ...this.place, emails }, child)
    const alarm = { ...this.place, actionGroupId }
    const parked = `AppTraces | where Message contains '"outcome":"parked"'`
    const failed = 'AppRequests | where Success == false and OperationName !in ("gateway", "webhooks")'
    alarmOnAddress(
      `${name}-not-ready`,
      alarm,
      { url: new URL('readyz', gatewayUrl).href, componentId: component.id },
      child,
    )
    const onLogs = (what: string, query: string, threshold: number) =>
      alarmOnLogs(`${name}-${what}`, alarm, { workspaceId, query, threshold }, child)
    onLogs('parked', parked, 0)
    onLogs('failing', failed, FAILURES)
    if (events) onLogs('lost-events', LAST_ATTEMPTS, 0)
    return alarm
  }
}
