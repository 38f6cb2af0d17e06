import {
  buildImageKey,
  buildKey,
  type Finding,
  type ImageKey,
  link,
  type OperationDeps,
  parseImageKey,
  type ReconcileStep,
  type ResourceKey,
  recordIdOf,
  type UploadKey,
  type UploadRecord,
  writeRecord,
} from '@ckan-uplink/core'
import { pngOf } from '@ckan-uplink/testing'
import { type CkanCalls, type OwnDataset, only } from './ckan-calls.ts'

/** A bucket and the CKAN before it. Nothing may be told of what is put into the bucket: events are what is lost. */
export interface DamageSite {
  readonly deps: OperationDeps
  readonly ckan: Pick<CkanCalls, 'act' | 'newDataset' | 'resource' | 'purge'>
}

/** What a reconciliation says of a key: what kind of finding, or the outcome for an object. */
export type Word = Exclude<Finding['kind'], 'object'> | Extract<Finding, { kind: 'object' }>['outcome']['kind']

interface Kind {
  /** Makes one; the key that a reconciliation and a cleaning speak of. */
  readonly make: (site: DamageSite) => Promise<string>
  readonly found: Word
  /** When it has been mended, as far as it can be; absent: nothing is said of it any more. */
  readonly again?: Word
  readonly isCleanable?: true
}

const DAY_MS = 86_400_000
const CONTENT = 'number\n1\n'

/** Everything that can be wrong with a bucket and its CKAN, and something that isn't. */
export const DAMAGE: Readonly<Record<string, Kind>> = {
  'a file that is linked': { make: async (site) => (await linkedFile(site)).key, found: 'unchanged', again: 'unchanged' },
  'a file whose event was lost': { make: async (site) => (await newFile(site)).key, found: 'linked', again: 'unchanged' },
  'a file at a plain key': {
    make: async (site) => {
      const key = buildKey(site.deps.settings.keyPrefix, { resourceId: only(await site.ckan.newDataset()) })
      return put(site, key)
    },
    found: 'linked',
    again: 'unchanged',
  },
  'a file that a later one has replaced': { make: async (site) => (await replacedFile(site)).key, found: 'superseded', again: 'superseded', isCleanable: true },
  'an older file that a copied dataset points to': {
    make: async (site) => {
      const { key, url } = await replacedFile(site)
      await site.ckan.newDataset([{ name: 'Copy', url }])
      return key
    },
    found: 'superseded',
    again: 'superseded',
  },
  'a file whose resource was deleted': {
    make: async (site) => {
      const { key, resource } = await linkedFile(site)
      await site.ckan.act('resource_delete', { id: resource })
      return key
    },
    found: 'orphan',
    again: 'orphan',
    isCleanable: true,
  },
  'a file whose dataset was purged': {
    make: async (site) => {
      const { key, dataset } = await newFile(site)
      await site.ckan.purge([dataset])
      return key
    },
    found: 'orphan',
    again: 'orphan',
    isCleanable: true,
  },
  'a file whose dataset is deleted and can be restored': {
    make: async (site) => {
      const { key, dataset } = await linkedFile(site)
      await site.ckan.act('package_delete', { id: dataset })
      return key
    },
    found: 'orphan',
    again: 'orphan',
  },
  'a file that is gone': {
    make: async (site) => {
      const { key } = await linkedFile(site)
      await site.deps.store.remove(key)
      return key
    },
    found: 'object-gone',
    again: 'object-gone',
  },
  'an upload for which nothing came': {
    make: async (site) => {
      const { key } = await newFile(site)
      await site.deps.store.remove(key)
      return key
    },
    found: 'stuck-record',
  },
  'a file of another size than was declared': {
    make: async (site) => (await newFile(site, { declared: { name: 'table.csv', size: 3 } })).key,
    found: 'ignored',
    again: 'ignored',
    isCleanable: true,
  },
  'a file of an upload that was aborted': {
    make: async (site) => (await newFile(site, { state: 'aborted' })).key,
    found: 'ignored',
    again: 'ignored',
    isCleanable: true,
  },
  'a key that names no resource': {
    make: (site) => put(site, `${site.deps.settings.keyPrefix}stray/${crypto.randomUUID()}`),
    found: 'parked',
    again: 'parked',
  },
  'an image whose event was lost': { make: async (site) => newImage(site, await newOrganization(site)), found: 'linked', again: 'unchanged' },
  'an image that a later one has replaced': {
    make: async (site) => {
      const organization = await newOrganization(site)
      const key = await newImage(site, organization)
      await linkAll(site, key)
      await linkAll(site, await newImage(site, organization))
      return key
    },
    found: 'superseded',
    again: 'superseded',
    isCleanable: true,
  },
  'an image whose organization was purged': {
    make: async (site) => {
      const id = await newOrganization(site)
      const key = await newImage(site, id)
      await site.ckan.act('organization_purge', { id }, 'admin')
      return key
    },
    found: 'orphan',
    again: 'orphan',
    isCleanable: true,
  },
}

/** One of each; by what it is, its key. */
export async function damage(site: DamageSite): Promise<Readonly<Record<string, string>>> {
  const keys: Record<string, string> = {}
  for (const [name, { make }] of Object.entries(DAMAGE)) keys[name] = await make(site)
  return keys
}

/** Takes away what `CkanCalls.purge` knows nothing of. */
export async function purgeOrganizations(ckan: DamageSite['ckan'], keys: Readonly<Record<string, string>>): Promise<void> {
  for (const key of Object.values(keys)) {
    const image = parseImageKey(key)
    if (typeof image === 'object') await ckan.act('organization_purge', { id: image.ownerId }, 'admin').catch(() => {})
  }
}

/** What was said of each of these keys, by what they are. */
export async function wordsOn(
  keys: Readonly<Record<string, string>>,
  steps: AsyncIterable<ReconcileStep>,
): Promise<Readonly<Record<string, Word | undefined>>> {
  const words = new Map<string, Word>()
  for await (const { finding } of steps) {
    if (finding?.kind === 'object') words.set(finding.event.key, finding.outcome.kind)
    else if (finding) words.set(finding.key, finding.kind)
  }
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, words.get(key)]))
}

interface File {
  readonly key: string
  readonly resource: string
  readonly dataset: string
}

let asked = 0

/** Ids in the order in which they are asked for, of some days ago. */
function newUploadId(): string {
  asked += 1
  const time = (Date.now() - 3 * DAY_MS + asked).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${crypto.randomUUID().slice(-12)}`
}

/** An upload that was announced, and its file put, to a new resource unless one is given. */
async function newFile(site: DamageSite, more: Partial<UploadRecord> = {}, place?: OwnDataset): Promise<File> {
  const dataset = place ?? (await site.ckan.newDataset([{ name: 'Table' }]))
  const resource = only(dataset)
  const { url, last_modified } = await site.ckan.resource(resource)
  const parsed: ResourceKey = { resourceId: resource, uploadId: newUploadId(), fileName: 'table.csv' }
  const key = buildKey(site.deps.settings.keyPrefix, parsed)
  const entity = { type: 'resource', id: resource, dataset_id: dataset.id } as const
  await announce(site, parsed, { key, entity, previous_url: url, previous_last_modified: last_modified, ...more })
  return { key: await put(site, key), resource, dataset: dataset.id }
}

async function linkedFile(site: DamageSite, place?: OwnDataset): Promise<File> {
  const file = await newFile(site, {}, place)
  await linkAll(site, file.key)
  return file
}

async function replacedFile(site: DamageSite): Promise<{ readonly key: string; readonly url: string }> {
  const { key, resource, dataset } = await linkedFile(site)
  const { url } = await site.ckan.resource(resource)
  await linkedFile(site, { id: dataset, resources: [resource] })
  return { key, url }
}

async function newOrganization({ ckan }: DamageSite): Promise<string> {
  return (await ckan.act('organization_create', { name: `uplink-${crypto.randomUUID()}` }, 'admin')).id
}

async function newImage(site: DamageSite, ownerId: string): Promise<string> {
  const parsed: ImageKey = { ownerType: 'organization', ownerId, uploadId: newUploadId(), fileName: 'logo.png' }
  const { image_url } = await site.ckan.act('organization_show', { id: ownerId }, 'admin')
  const key = buildImageKey(parsed)
  await announce(site, parsed, { key, entity: { type: 'organization', id: ownerId }, previous_url: image_url })
  return put(site, key, pngOf(3, 2, parsed.uploadId))
}

/** A record of some days ago, as the gateway writes it. */
async function announce({ deps }: DamageSite, parsed: UploadKey, more: Pick<UploadRecord, 'key' | 'entity'> & Partial<UploadRecord>): Promise<void> {
  const expires_at = new Date(Date.now() - 2 * DAY_MS).toISOString()
  const record: UploadRecord = { version: 1, id: recordIdOf(parsed), declared: { name: 'table.csv' }, limits: {}, state: 'issued', expires_at, ...more }
  await writeRecord(deps.store, { record, etag: undefined })
}

async function put({ deps }: DamageSite, key: string, content: string | Uint8Array = CONTENT): Promise<string> {
  await deps.store.put(key, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  return key
}

async function linkAll({ deps }: DamageSite, key: string): Promise<void> {
  const [outcome] = await link(deps, [{ bucket: deps.settings.bucket, key, kind: 'created' }])
  if (outcome?.kind !== 'linked') throw new Error(`${key} was not linked: ${JSON.stringify(outcome)}`)
}
