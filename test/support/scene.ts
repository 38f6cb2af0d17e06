import { createAuthorizer, createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import {
  type Clock,
  consume,
  type Decoded,
  type Delivery,
  type Logger,
  type ObjectEvent,
  type Outcome,
} from '@ckan-uplink/core'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { recordKey, type UploadRecord } from '@ckan-uplink/core/uploads'
import { createGateway } from '@ckan-uplink/gateway'
import { createMemoryCopier, createMemoryParts, createMemoryStore, type MemoryStore } from '@ckan-uplink/testing'
import { type CkanAccess, type CkanCalls, createCkanCalls, only } from './ckan-calls.ts'

/** A CKAN that can make a dataset invalid, so that its own validation refuses every write to it. */
export interface Subject extends CkanAccess {
  spoil(dataset: string): Promise<unknown>
  /** Whether the CKAN outlives the test, which then has to remove its own data. */
  readonly isKept: boolean
  close(): Promise<void>
}

/** A resource that is alone in its dataset. */
export interface Place {
  readonly dataset: string
  readonly resource: string
}

/** A requested upload. */
export interface Ticket {
  readonly id: string
  readonly key: string
}

/** Gateway and linker in this process, with a bucket in memory and a CKAN. */
export interface Scene extends Pick<CkanCalls, 'act' | 'newDataset' | 'resource'> {
  readonly tokens: CkanAccess['tokens']
  readonly store: MemoryStore
  newPlace(resource?: object): Promise<Place>
  ask(place: Place, declared?: object): Promise<Ticket>
  /** Calls an action through the gateway as the editor, and returns its result. */
  callGateway(action: string, fields: object): Promise<Readonly<Record<string, unknown>> & { readonly upload: Ticket }>
  /** Creates an organization without members, and returns its id. */
  newOrganization(): Promise<string>
  /** Requests an upload URL for an image as the sysadmin. */
  askForImage(type: 'organization' | 'user', id: string, size: number): Promise<Ticket>
  /** Withdraws an upload as the editor. */
  withdraw(upload: Ticket): Promise<unknown>
  put(key: string, content: string | Uint8Array): Promise<unknown>
  /** The gateway's status for an editor who follows the URL that CKAN shows. */
  download(place: Place): Promise<number>
  /** Moves the clocks of bucket, gateway and linker forward. */
  pass(milliseconds: number): void
  /** Delivers these messages to the linker as one batch. The result has the outcome of each. */
  deliver(...messages: readonly Message[]): Promise<readonly Outcome[]>
  /** The linker calls CKAN by this function from now on. */
  reach(fetch: typeof globalThis.fetch): void
  /** The linker uses this token from now on. It begins with the sysadmin's token. */
  useToken(token: string): void
  /** The linker accepts only this type from now on. */
  allowOnly(type: string): void
  /** The record of an upload, if there is one. */
  record(id: string): UploadRecord | undefined
  spoil(dataset: string): Promise<unknown>
  close(): Promise<void>
}

/** The key of a first notification about a created object, or all the differences from one. */
export type Message = string | (Partial<Pick<Delivery, 'attempt' | 'lastAttempt' | 'body'>> & Partial<ObjectEvent>)

export const MAX_BYTES = 1000
export const BUCKET = 'files'

const logger: Logger = { log: () => {} }

/** The clocks of bucket, gateway and linker are `aheadMs` ahead. */
export function createScene(subject: Subject, aheadMs = 0): Scene {
  let ahead = aheadMs
  const ckan = createCkanCalls(subject)
  const store = createMemoryStore()
  const clock: Clock = { now: () => new Date(Date.now() + ahead), sleep: async () => {} }
  const { head } = store
  store.head = async (key) => {
    const object = await head(key)
    return object && { ...object, modifiedAt: clock.now() }
  }
  const settings = settingsFor(subject.url)
  let reach: typeof globalThis.fetch = fetch
  let token = subject.tokens.admin
  let { allowedTypes } = settings
  const createClient = () =>
    createCkanClient({
      url: subject.url,
      concurrency: 4,
      timeoutMs: 20_000,
      clock,
      fetch: (...request) => reach(...request),
    })
  const signer = { signUpload: signNothing, signDownload: signNothing }
  const gateway = createGateway({
    settings,
    authorizer: createAuthorizer(createClient()),
    store,
    signer,
    multipart: createMemoryParts(store),
    copier: createMemoryCopier(store),
    clock,
    logger,
    checks: {},
  })
  const organizations: string[] = []

  async function callGateway(action: string, fields: object, caller: string) {
    const headers = { 'Content-Type': 'application/json', Authorization: caller }
    const url = `${settings.gatewayUrl}/api/3/action/${action}`
    const response = await gateway.fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify(fields) }))
    const text = await response.text()
    if (!response.ok) throw new Error(`The gateway refused ${action}: ${response.status} ${text}`)
    return JSON.parse(text).result
  }

  async function askFor(action: string, fields: object, caller: string): Promise<Ticket> {
    return (await callGateway(action, fields, caller)).upload
  }

  async function purge(): Promise<void> {
    await ckan.purge()
    for (const id of organizations) await ckan.act('organization_purge', { id }, 'admin')
  }

  return {
    ...ckan,
    tokens: subject.tokens,
    store,
    async newPlace(resource = {}) {
      const dataset = await ckan.newDataset([{ name: 'Table', ...resource }, { name: 'Another' }])
      return { dataset: dataset.id, resource: only(dataset) }
    },
    ask: ({ resource }, declared = { name: 'table.csv' }) =>
      askFor('resource_upload', { id: resource, ...declared }, subject.tokens.editor),
    callGateway: (action, fields) => callGateway(action, fields, subject.tokens.editor),
    async newOrganization() {
      const { id } = await ckan.act('organization_create', { name: `uplink-${crypto.randomUUID()}` }, 'admin')
      organizations.push(id)
      return id
    },
    askForImage: (type, id, size) => askFor(`${type}_upload`, { id, name: 'logo.png', size }, subject.tokens.admin),
    withdraw: ({ id }) => askFor('upload_remove', { id, reason: 'By mistake.' }, subject.tokens.editor),
    put: (key, content) => store.put(key, typeof content === 'string' ? new TextEncoder().encode(content) : content),
    async download({ resource }) {
      const { url } = await ckan.resource(resource)
      const headers = { Authorization: subject.tokens.editor }
      return (await gateway.fetch(new Request(url, { headers, redirect: 'manual' }))).status
    },
    pass(milliseconds) {
      ahead += milliseconds
    },
    deliver(...messages) {
      const catalog = createCatalog(createClient(), { token })
      return consume(
        { settings: { ...settings, allowedTypes }, store, catalog, clock, logger },
        decode,
        messages.map(toDelivery),
      )
    },
    reach(other) {
      reach = other
    },
    allowOnly(type) {
      allowedTypes = [type]
    },
    useToken(other) {
      token = other
    },
    record: (id) =>
      store.keys().includes(recordKey(id)) ? (store.json(recordKey(id)) as unknown as UploadRecord) : undefined,
    spoil: subject.spoil,
    close: async () => (subject.isKept ? purge() : undefined),
  }
}

function settingsFor(ckanUrl: string) {
  const reader = new SettingsReader({
    CKAN_URL: ckanUrl,
    GATEWAY_URL: 'https://uploads.example.org',
    BUCKET_NAME: BUCKET,
    MAX_UPLOAD_BYTES: String(MAX_BYTES),
    ALLOWED_TYPES: 'text/csv, application/zip',
    MAX_IMAGE_SIDE: '100',
  })
  const settings = readSettings(reader)
  reader.check()
  return settings
}

async function signNothing() {
  return {
    method: 'PUT',
    url: 'https://storage.example.org/signed',
    headers: {},
    expiresAt: new Date(Date.now() + 3_600_000),
  } as const
}

function toDelivery(message: Message, index: number): Delivery {
  const { attempt = 1, lastAttempt = false, body, ...event } = typeof message === 'string' ? { key: message } : message
  return { id: String(index), attempt, lastAttempt, body: body ?? { bucket: BUCKET, kind: 'created', ...event } }
}

function decode(body: unknown): Decoded {
  if (typeof body !== 'object') throw new TypeError(`The message is not a notification: ${JSON.stringify(body)}.`)
  return { events: [body as ObjectEvent] }
}
