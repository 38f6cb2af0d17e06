import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDeadLetters, createStore, decode } from '@ckan-uplink/azure'
import type { ObjectStore } from '@ckan-uplink/core'
import { DEFAULT_KEY_PREFIX, IMAGE_PREFIX, type UploadRecord } from '@ckan-uplink/core/uploads'
import { writeFiles } from '@ckan-uplink/static-files'
import {
  type EventGridEdge,
  type EventGridSubscription,
  type FunctionsHost,
  startEventGridEdge,
  startFunctionsHost,
} from '@ckan-uplink/testing/clouds/azure'
import { expect } from 'vitest'
import { packageFunctionApp } from '../../../../infra/azure/bundles.ts'
import { DEAD_LETTER_CONTAINER, WEBHOOKS_QUEUE } from '../../../../infra/azure/names.ts'
import { checkoutVersion } from '../../../../infra/checkout-version.ts'
import { type Answer, type CkanAccess, type CkanCalls, createCkanCalls } from '../../../support/ckan-calls.ts'
import { createGatewayCalls, type GatewayCalls, type Ticket } from '../../support/gateway-calls.ts'
import type { Receiver } from '../../support/receiver.ts'
import { replayDeadLetters } from '../../support/replay-dead-letters.ts'
import { ACCOUNT, ACCOUNT_KEY } from './azurite.ts'
import { createQueue, startTrigger } from './event-queue.ts'
import { startIdentityEndpoint } from './identity-endpoint.ts'
import { type KeyKind, startContainer } from './storage.ts'

const GATEWAY_URL = 'https://data.example.org'
const TRIGGER = '/runtime/webhooks/EventGrid?functionName=linker'

export interface AzureRoadOptions {
  /** The key or identity with which the app signs and reads. */
  readonly kind?: KeyKind
  readonly subscription?: Partial<EventGridSubscription>
  /** More settings of the app. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where events go. Without it there is no queue of events. */
  readonly receiver?: Pick<Receiver, 'url' | 'secret'>
}

/** The deployed function app, Azurite with Event Grid, a CKAN, and the calls of callers, people and operators. */
export interface AzureRoad extends CkanCalls, GatewayCalls {
  readonly edge: EventGridEdge
  readonly store: ObjectStore
  /** Does what Defender for Storage does after a scan: it tags the blob, and sends an event. */
  scanned(ticket: Ticket, result: string): Promise<void>
  /** The container of the dead letters. */
  readonly deadLetters: ObjectStore
  /** The app's settings without secrets. */
  readonly settings: Readonly<Record<string, string>>
  /** The gateway's address on this machine. */
  gateway(): string
  /** The environment variables that an operator needs. */
  readonly operatorEnv: Readonly<Record<string, string>>
  /** Replays from the operator's own machine, without the app. */
  replayDeadLetters(): ReturnType<typeof replayDeadLetters>
  /** Every line of the app's log. */
  log(): readonly string[]
  /** The outcomes of this upload's events so far. */
  outcomes(ticket: Ticket): readonly Answer[]
  /** The record that the gateway shows to the editor. */
  record(ticket: Ticket): Promise<UploadRecord>
  /** Waits until the upload has ended, and returns its record. */
  settled(ticket: Ticket): Promise<UploadRecord>
  /** Fetches an address of the gateway, such as a linked URL, from the gateway's address on this machine. */
  open(url: string, init?: RequestInit): Promise<Response>
  /** Posts to the linker's trigger. */
  post(body: string): Promise<Response>
  reconcile(): Promise<Response>
  /** Runs the task of the hour now. */
  tryToken(): Promise<Response>
  /** Stops the app, so that events cannot be delivered. */
  stop(): Promise<void>
  /** Starts the app at another address, which Event Grid does not know. */
  start(): Promise<void>
  close(): Promise<void>
}

export async function openAzureRoad(
  ckan: CkanAccess,
  { kind = 'identity', subscription = {}, settings = {}, receiver }: AzureRoadOptions = {},
): Promise<AzureRoad> {
  const { azurite, container, service, close: closeStorage } = await startContainer({ queues: receiver !== undefined })
  const eventQueueUrl = azurite.queueUrl && `${azurite.queueUrl}/${WEBHOOKS_QUEUE}`
  if (eventQueueUrl) await createQueue(eventQueueUrl)
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-app-'))
  const identity = await startIdentityEndpoint('portal-identity')
  const edge = await startEventGridEdge({ upstream: azurite.url, tls: azurite.tls })
  const credentials = kind === 'identity' ? identity.env : { STORAGE_ACCOUNT_KEY: ACCOUNT_KEY }
  const env = {
    CKAN_URL: ckan.url,
    CKAN_API_TOKEN: ckan.tokens.admin,
    GATEWAY_URL,
    UPLINK_VERSION: checkoutVersion(),
    BUCKET_NAME: container.containerName,
    STORAGE_URL: `${edge.url}/${ACCOUNT}`,
    REQUESTS_PER_MINUTE: '1000000',
    NODE_EXTRA_CA_CERTS: azurite.certificate,
    ...credentials,
    ...(eventQueueUrl && { WEBHOOK_QUEUE_URL: eventQueueUrl }),
    ...(receiver && { WEBHOOK_URLS: receiver.url, WEBHOOK_SECRETS: receiver.secret }),
    ...settings,
  }
  await writeFiles(folder, await packageFunctionApp())
  const app = await createApp(() => startFunctionsHost({ folder, env }), ckan)
  const trigger = eventQueueUrl ? startTrigger(eventQueueUrl, () => ({ url: app.url() })) : undefined
  const deadLetters = service.getContainerClient(DEAD_LETTER_CONTAINER)
  await deadLetters.create()
  await edge.subscribe({
    ...subscriptionFor(app.url(), container.containerName),
    deadLetter: keepIn(createStore(deadLetters)),
    ...subscription,
  })
  const people = createCkanCalls(ckan)
  const store = createStore(container)
  return {
    ...people,
    ...createGatewayCalls(app.url, ckan.tokens.editor),
    ...app,
    edge,
    store,
    async scanned({ key }, result) {
      await container.getBlobClient(key).setTags({ 'Malware Scanning scan result': result })
      const event = {
        id: crypto.randomUUID(),
        subject: `storageAccounts/${ACCOUNT}/containers/${container.containerName}/blobs/${key}`,
        data: { scanResultType: result, blobUri: `${env.STORAGE_URL}/${container.containerName}/${key}` },
        eventType: 'Microsoft.Security.MalwareScanningResult',
        dataVersion: '1.0',
        metadataVersion: '1',
        eventTime: new Date().toISOString(),
        topic: 'scans',
      }
      const { status } = await app.post(JSON.stringify([event]))
      if (status !== 202) throw new Error(`The linker answered ${status} to the event of a scan.`)
    },
    deadLetters: createStore(deadLetters),
    settings: { CKAN_URL: env.CKAN_URL, GATEWAY_URL, BUCKET_NAME: env.BUCKET_NAME },
    gateway: app.url,
    operatorEnv: {
      STORAGE_URL: env.STORAGE_URL,
      STORAGE_ACCOUNT_KEY: ACCOUNT_KEY,
      CKAN_API_TOKEN: ckan.tokens.admin,
      NODE_EXTRA_CA_CERTS: azurite.certificate,
    },
    replayDeadLetters: () =>
      replayDeadLetters({
        ckan,
        gatewayUrl: GATEWAY_URL,
        bucket: container.containerName,
        store,
        deadLetters: createDeadLetters(deadLetters),
        decode,
      }),
    async close() {
      await edge.close()
      await trigger?.close()
      await app.stop()
      identity.close()
      await closeStorage()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The deployed subscription with shorter times. */
function subscriptionFor(url: string, container: string): Omit<EventGridSubscription, 'deadLetter'> {
  return {
    endpoint: `${url}${TRIGGER}`,
    schema: 'EventGridSchema',
    subjectBeginsWith: [DEFAULT_KEY_PREFIX, IMAGE_PREFIX].map(
      (prefix) => `/blobServices/default/containers/${container}/blobs/${prefix}`,
    ),
    eventTypes: ['Microsoft.Storage.BlobCreated'],
    maxEventsPerBatch: 50,
    maxDeliveryAttempts: 30,
    eventTimeToLiveInMinutes: 1_440,
    secondMs: 0.1,
  }
}

function keepIn(store: ObjectStore): EventGridSubscription['deadLetter'] {
  return async (name, content) => {
    await store.put(name, new TextEncoder().encode(content), { contentType: 'application/json' })
  }
}

type App = Pick<
  AzureRoad,
  'log' | 'outcomes' | 'record' | 'settled' | 'open' | 'post' | 'reconcile' | 'tryToken' | 'stop' | 'start'
> & { url(): string }

async function createApp(startHost: () => Promise<FunctionsHost>, ckan: CkanAccess): Promise<App> {
  let host = await startHost()
  const open: AzureRoad['open'] = (url, init) => fetch(url.replace(GATEWAY_URL, host.url), init)
  const record: AzureRoad['record'] = async ({ id }) => {
    const response = await open(`${GATEWAY_URL}/uploads/${id}`, { headers: { Authorization: ckan.tokens.editor } })
    if (!response.ok)
      throw new Error(`The gateway does not show the upload ${id}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  return {
    url: () => host.url,
    log: () => host.log,
    outcomes: ({ key }) =>
      host.log
        .flatMap((line) => (line.includes('"outcome"') ? [JSON.parse(line)] : []))
        .filter((line) => line.key === key),
    record,
    async settled(ticket) {
      await expect.poll(async () => (await record(ticket)).state).not.toBe('issued')
      return record(ticket)
    },
    open,
    post: (body) =>
      open(`${GATEWAY_URL}${TRIGGER}`, { method: 'POST', headers: { 'aeg-event-type': 'Notification' }, body }),
    reconcile: () => open(`${GATEWAY_URL}/admin/functions/reconcile`, { method: 'POST' }),
    tryToken: () => open(`${GATEWAY_URL}/admin/functions/token`, { method: 'POST' }),
    stop: () => host.close(),
    async start() {
      host = await startHost()
    },
  }
}

/** The objects of a store below a prefix, read as JSON. */
export async function readAll(store: ObjectStore, prefix = ''): Promise<readonly Answer[]> {
  const texts: Answer[] = []
  for await (const { key } of store.list(prefix))
    texts.push(JSON.parse(new TextDecoder().decode((await store.get(key))?.bytes)))
  return texts
}
