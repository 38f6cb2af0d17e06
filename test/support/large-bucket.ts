import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Dataset, Resource, StoredObject } from '@ckan-uplink/core'
import { findUnneededFiles, type OperationDeps, reconcile } from '@ckan-uplink/core/operations'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { buildKey, linkedUrl, RECORDS_PREFIX, type UploadRecord, versionOf } from '@ckan-uplink/core/uploads'

/**
 * Reconciles a bucket of linked uploads, or searches it for unneeded files. Prints the number of findings and the peak
 * memory of this process in MB. Bucket and CKAN are computed, not held in memory.
 */
const { values } = parseArgs({
  options: { objects: { type: 'string', default: '1000000' }, clean: { type: 'boolean', default: false } },
})
const COUNT = Number(values.objects)
const PER_DATASET = 50
const ETAG = 'the-etag'

const settings = readSettings(
  new SettingsReader({
    CKAN_URL: 'https://ckan.example.org',
    GATEWAY_URL: 'https://up.example.org',
    BUCKET_NAME: 'files',
  }),
)
const version = await versionOf(ETAG)
const now = new Date('2030-06-01T00:00:00Z')
const at = '2030-01-01T00:00:00Z'
const modifiedAt = new Date(at)

const digits = (index: number): string => String(index).padStart(12, '0')
const keyAt = (index: number) => ({
  resourceId: `resource-${digits(index)}`,
  uploadId: `01bb7080-9c00-7000-8000-${digits(index)}`,
  fileName: 'data.csv',
})
const indexIn = (text: string): number =>
  Number(/resource-(\d{12})|-(\d{12})(?=\.json)|dataset-(\d{12})/u.exec(text)?.slice(1).find(Boolean))

function recordAt(index: number): UploadRecord {
  const key = keyAt(index)
  const entity = {
    type: 'resource',
    id: key.resourceId,
    dataset_id: `dataset-${digits(Math.floor(index / PER_DATASET))}`,
  } as const
  const linked = { version, size: 8, at }
  return {
    version: 1,
    id: key.uploadId,
    entity,
    key: buildKey(settings.keyPrefix, key),
    declared: {},
    limits: {},
    state: 'linked',
    linked,
    expires_at: at,
  }
}

function datasetAt(number: number): Dataset {
  const id = `dataset-${digits(number)}`
  const blank = {
    datasetId: id,
    state: 'active',
    urlType: '',
    name: null,
    format: 'CSV',
    mimetype: 'text/csv',
    size: 8,
    hash: '',
    lastModified: null,
  }
  const resources = Array.from({ length: PER_DATASET }, (_, index): Resource => {
    const key = keyAt(number * PER_DATASET + index)
    return { ...blank, id: key.resourceId, url: linkedUrl(settings, key, version) }
  })
  return { id, state: 'active', private: false, resources, readAt: now }
}

const objectAt = (key: string): StoredObject => ({ key, size: 8, etag: ETAG, modifiedAt })

const deps: OperationDeps = {
  settings,
  clock: { now: () => now, sleep: async () => {} },
  logger: { log: () => {} },
  store: {
    head: async (key) => objectAt(key),
    get: async (key) => {
      const bytes = new TextEncoder().encode(
        key.startsWith(RECORDS_PREFIX) ? JSON.stringify(recordAt(indexIn(key))) : 'a,b\n1,2\n',
      )
      return { object: objectAt(key), bytes }
    },
    sha256: async () => undefined,
    put: async () => 'etag',
    purge: async () => undefined,
    remove: async () => {},
    async *list(prefix) {
      const keyOf =
        prefix === settings.keyPrefix
          ? (index: number) => recordAt(index).key
          : (index: number) => `${RECORDS_PREFIX}${keyAt(index).uploadId}.json`
      if (prefix !== settings.keyPrefix && prefix !== RECORDS_PREFIX) return
      for (let index = 0; index < COUNT; index += 1) yield objectAt(keyOf(index))
    },
  },
  catalog: {
    readDataset: async (id) => datasetAt(indexIn(id)),
    findDataset: async () => undefined,
    revise: async () => ({ kind: 'conflict' }),
    submit: async () => true,
    createViews: async () => 0,
    registerFile: async () => undefined,
    renameFile: async () => {},
    giveFile: async () => {},
    readFile: async () => undefined,
    removeFile: async () => true,
    deleteFile: async () => {},
    readImageOwner: async () => undefined,
    setImage: async () => {},
  },
  lister: {
    async *datasets() {
      for (let number = 0; number < COUNT / PER_DATASET; number += 1) yield datasetAt(number)
    },
  },
}

let findings = 0
if (values.clean) for await (const _ of findUnneededFiles(deps, { olderThanDays: 30 })) findings += 1
else for await (const { finding } of reconcile(deps, deps)) if (finding) findings += 1
console.log(JSON.stringify({ findings, megabytes: Math.round(peakKibibytes() / 1024) }))

/** `maxRSS` is no use on Linux: it begins at the peak of the parent, and the parent is a large test process. */
function peakKibibytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(peak)
}
