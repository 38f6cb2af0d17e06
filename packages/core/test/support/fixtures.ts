import {
  type Decode,
  MalformedNotificationError,
  type ObjectEvent,
  type Resource,
  readRecords,
} from '../../src/index.ts'
import { readSettings, type Settings, SettingsReader } from '../../src/settings/index.ts'
import { parseJson } from '../../src/support/index.ts'
import {
  buildKey,
  linkedUrl,
  type ResourceKey,
  recordIdOf,
  recordKey,
  type UploadRecord,
  versionOf,
} from '../../src/uploads/index.ts'
import { type Content, createMemoryStore, type MemoryStore } from './memory-store.ts'
import { createTableCatalog, DATASET_ID, resourceOf, type TableCatalog } from './table-catalog.ts'

export const NOW = new Date('2026-03-04T05:00:00.000Z')
export const RESOURCE = 'aaaaaaaa-0000-4000-8000-000000000001'
export const OTHER = 'bbbbbbbb-0000-4000-8000-000000000002'

/** Only the required settings. */
export const ENVIRONMENT = {
  CKAN_URL: 'https://ckan.example.org',
  GATEWAY_URL: 'https://up.example.org',
  BUCKET_NAME: 'files',
} as const

export function settingsOf(more: Partial<Settings> = {}): Settings {
  return { ...readSettings(new SettingsReader(ENVIRONMENT)), ...more }
}

/** Upload ids in the order of their requests. */
export function uploadId(order: number): string {
  return `019cb700-aa00-7000-8000-${String(order).padStart(12, '0')}`
}

/** A key as the gateway makes it; `order` 0 is the plain key. */
export function keyOf(order: number, resourceId = RESOURCE, fileName = 'data.csv'): ResourceKey {
  return order === 0
    ? { kind: 'resource', resourceId }
    : { kind: 'resource', resourceId, uploadId: uploadId(order), fileName }
}

export function createdEvent(key: ResourceKey | string, more: Partial<ObjectEvent> = {}): ObjectEvent {
  return {
    bucket: 'files',
    key: typeof key === 'string' ? key : buildKey(settingsOf().keyPrefix, key),
    kind: 'created',
    ...more,
  }
}

/**
 * A decoder of messages whose body is a list of events, or an object with such a list, or JSON of either. Texts in the
 * list are malformed.
 */
export const decode: Decode = (body) => {
  const message = typeof body === 'string' ? parseJson(body) : body
  if (Array.isArray(message)) return { events: message as readonly ObjectEvent[] }
  const { events }: { events?: unknown } = typeof message === 'object' && message !== null ? message : {}
  if (Array.isArray(events)) return readRecords(events, readEvent, (some) => ({ events: some }))
  throw new MalformedNotificationError('The message is no notification of this bucket.')
}

function readEvent(record: unknown): readonly ObjectEvent[] {
  if (typeof record === 'object') return [record as ObjectEvent]
  throw new MalformedNotificationError('It is no event.')
}

/** A record as the gateway writes it for a resource that shows no file yet. */
export function recordOf(key: ResourceKey, more: Partial<UploadRecord> = {}): UploadRecord {
  return {
    version: 1,
    id: recordIdOf(key),
    entity: { type: 'resource', id: key.resourceId, dataset_id: DATASET_ID },
    key: createdEvent(key).key,
    previous_url: '',
    previous_last_modified: null,
    declared: {},
    limits: {},
    state: 'issued',
    ...more,
  }
}

/** The URL that CKAN shows once this content of the key is linked. */
export async function urlOf(key: ResourceKey, etag: string, settings = settingsOf()): Promise<string> {
  return linkedUrl(settings, { fileName: 'data.csv', ...key }, await versionOf(etag))
}

/** The linker's environment: one bucket, one CKAN, a fixed clock, a log in a list. */
export interface Bench {
  readonly settings: Settings
  readonly store: MemoryStore
  readonly catalog: TableCatalog
  readonly clock: { now(): Date; sleep(): Promise<void> }
  readonly logger: { log(level: string, event: string, fields: Readonly<Record<string, unknown>>): void }
  readonly lines: { readonly level: string; readonly fields: Readonly<Record<string, unknown>> }[]
  /** Reads the record. */
  record(key: ResourceKey): Record<string, unknown> | undefined
  /** All parked messages. */
  parked(): readonly Record<string, unknown>[]
  /** Writes the record of the upload and puts its object. */
  upload(key: ResourceKey, more?: { readonly record?: Partial<UploadRecord>; readonly content?: Content }): ObjectEvent
}

export function createBench(
  options: {
    readonly resources?: readonly Resource[]
    readonly settings?: Partial<Settings>
    readonly fail?: (key: string) => Error
  } = {},
): Bench {
  const store = createMemoryStore(options.fail)
  const lines: Bench['lines'] = []
  return {
    settings: settingsOf(options.settings),
    store,
    catalog: createTableCatalog(options.resources ?? [resourceOf(RESOURCE)]),
    clock: { now: () => NOW, sleep: async () => undefined },
    logger: { log: (level, _event, fields) => void lines.push({ level, fields }) },
    lines,
    record: (key) => store.json(recordKey(recordIdOf(key))),
    parked: () => store.keys('uplink/parked/').map((key) => store.json(key) ?? {}),
    upload: (key, { record, content } = {}) => {
      const event = createdEvent(key)
      const announced = recordOf(key, { ...record, key: event.key })
      store.place(recordKey(announced.id), { bytes: JSON.stringify(announced) })
      store.place(event.key, content)
      return event
    },
  }
}
