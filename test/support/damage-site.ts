import { link } from '@ckan-uplink/core'
import type { OperationDeps } from '@ckan-uplink/core/operations'
import { DAY_MS } from '@ckan-uplink/core/support'
import {
  buildImageKey,
  buildKey,
  type ImageKey,
  type ResourceKey,
  recordIdOf,
  type UploadKey,
  type UploadRecord,
  writeRecord,
} from '@ckan-uplink/core/uploads'
import { pngOf } from '@ckan-uplink/testing'
import { type CkanCalls, type OwnDataset, only } from './ckan-calls.ts'

const CONTENT = 'number\n1\n'

/** A bucket and its CKAN. The bucket must send no notifications, because the damage includes lost events. */
export interface DamageSite {
  readonly deps: OperationDeps
  readonly ckan: Pick<CkanCalls, 'act' | 'newDataset' | 'resource' | 'purge'>
}

interface File {
  readonly key: string
  readonly resource: string
  readonly dataset: string
}

let asked = 0

/** Upload ids of some days ago, in ascending order. */
function newUploadId(): string {
  asked += 1
  const time = (Date.now() - 3 * DAY_MS + asked).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${crypto.randomUUID().slice(-12)}`
}

/** Announces an upload and puts its file, for a new resource unless `place` is given. */
export async function newFile(site: DamageSite, more: Partial<UploadRecord> = {}, place?: OwnDataset): Promise<File> {
  const dataset = place ?? (await site.ckan.newDataset([{ name: 'Table' }]))
  const resource = only(dataset)
  const { url, last_modified } = await site.ckan.resource(resource)
  const parsed: ResourceKey = { kind: 'resource', resourceId: resource, uploadId: newUploadId(), fileName: 'table.csv' }
  const key = buildKey(site.deps.settings.keyPrefix, parsed)
  const entity = { type: 'resource', id: resource, dataset_id: dataset.id } as const
  await announce(site, parsed, { key, entity, previous_url: url, previous_last_modified: last_modified, ...more })
  return { key: await put(site, key), resource, dataset: dataset.id }
}

export async function linkedFile(site: DamageSite, place?: OwnDataset): Promise<File> {
  const file = await newFile(site, {}, place)
  await linkAll(site, file.key)
  return file
}

export async function replacedFile(site: DamageSite): Promise<{ readonly key: string; readonly url: string }> {
  const { key, resource, dataset } = await linkedFile(site)
  const { url } = await site.ckan.resource(resource)
  await linkedFile(site, { id: dataset, resources: [resource] })
  return { key, url }
}

export async function newOrganization({ ckan }: DamageSite): Promise<string> {
  return (await ckan.act('organization_create', { name: `uplink-${crypto.randomUUID()}` }, 'admin')).id
}

export async function newImage(site: DamageSite, ownerId: string): Promise<string> {
  const parsed: ImageKey = {
    kind: 'image',
    ownerType: 'organization',
    ownerId,
    uploadId: newUploadId(),
    fileName: 'logo.png',
  }
  const { image_url } = await site.ckan.act('organization_show', { id: ownerId }, 'admin')
  const key = buildImageKey(parsed)
  await announce(site, parsed, { key, entity: { type: 'organization', id: ownerId }, previous_url: image_url })
  return put(site, key, pngOf(3, 2, parsed.uploadId))
}

/** Writes a record of some days ago, as the gateway does. */
export async function announce(
  { deps }: DamageSite,
  parsed: UploadKey,
  more: Pick<UploadRecord, 'key' | 'entity'> & Partial<UploadRecord>,
): Promise<void> {
  const expires_at = new Date(Date.now() - 2 * DAY_MS).toISOString()
  const record: UploadRecord = {
    version: 1,
    id: recordIdOf(parsed),
    declared: { name: 'table.csv' },
    limits: {},
    state: 'issued',
    expires_at,
    ...more,
  }
  await writeRecord(deps.store, { record, etag: undefined })
}

export async function put({ deps }: DamageSite, key: string, content: string | Uint8Array = CONTENT): Promise<string> {
  await deps.store.put(key, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  return key
}

export async function linkAll({ deps }: DamageSite, key: string): Promise<void> {
  const [outcome] = await link(deps, [{ bucket: deps.settings.bucket, key, kind: 'created' }])
  if (outcome?.kind !== 'linked') throw new Error(`${key} was not linked: ${JSON.stringify(outcome)}`)
}
