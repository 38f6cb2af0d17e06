import { type ImageKey, parseImageUrl, parseUploadKey, type UploadKey } from '../image-keys.ts'
import { timeOfUploadId } from '../keys.ts'
import type { LinkDeps } from '../link/link.ts'
import { parseLinkedUrl, versionOf } from '../linked-url.ts'
import type { Catalog, Dataset, Resource, StoredObject } from '../ports.ts'
import { ownKey } from './own-key.ts'

type Looker = Pick<LinkDeps, 'settings' | 'catalog'>

/** What CKAN shows for the resource, or the owner of an image, that an upload is for. */
export type Shown =
  /** It isn't in CKAN. */
  | 'gone'
  /** It, or its dataset, is deleted and can be restored. */
  | 'deleted'
  /** Its URL; the key and version that this stands for, where it is one of ours. */
  | { readonly url: string; readonly key: string | undefined; readonly version: string | undefined }

export async function readShown(deps: Looker, parsed: UploadKey, datasetId?: string): Promise<Shown> {
  return 'ownerType' in parsed ? readShownImage(deps, parsed) : readShownFile(deps, parsed.resourceId, datasetId)
}

async function readShownFile({ settings, catalog }: Looker, resourceId: string, datasetId?: string): Promise<Shown> {
  const found = (await findIn(catalog, resourceId, datasetId)) ?? (await findIn(catalog, resourceId, await catalog.findDataset(resourceId)))
  if (found === undefined) return 'gone'
  const { dataset, resource } = found
  if (dataset.state === 'deleted' || resource.state === 'deleted') return 'deleted'
  return { url: resource.url, key: ownKey(settings, resource.url), version: parseLinkedUrl(settings, resource.url)?.version }
}

async function findIn(
  catalog: Catalog,
  resourceId: string,
  datasetId: string | undefined,
): Promise<{ readonly dataset: Dataset; readonly resource: Resource } | undefined> {
  const dataset = datasetId === undefined ? undefined : await catalog.readDataset(datasetId)
  const resource = dataset?.resources.find(({ id }) => id === resourceId)
  return dataset && resource && { dataset, resource }
}

async function readShownImage({ settings, catalog }: Looker, { ownerType, ownerId }: ImageKey): Promise<Shown> {
  const owner = await catalog.readImageOwner(ownerType, ownerId)
  if (owner === undefined) return 'gone'
  if (owner.state === 'deleted') return 'deleted'
  return { url: owner.imageUrl, key: ownKey(settings, owner.imageUrl), version: parseImageUrl(settings, owner.imageUrl)?.version }
}

/**
 * The later upload that CKAN shows instead of this object, as long as that one's own file is there. An object at a plain key gives way to what
 * was asked for after it was put.
 */
export async function laterShown(
  { settings, store }: Pick<LinkDeps, 'settings' | 'store'>,
  { key, modifiedAt }: Pick<StoredObject, 'key' | 'modifiedAt'>,
  shown: Shown,
): Promise<string | undefined> {
  const [own, other] = [key, shown === 'gone' || shown === 'deleted' ? undefined : shown.key].map((text) => parseUploadKey(settings.keyPrefix, text ?? ''))
  if (typeof shown !== 'object' || shown.key === undefined || typeof own !== 'object' || typeof other !== 'object' || other.uploadId === undefined)
    return undefined
  if (entityOf(own) !== entityOf(other)) return undefined
  const isLater = own.uploadId === undefined ? timeOfUploadId(other.uploadId) > modifiedAt.getTime() : other.uploadId > own.uploadId
  const object = isLater ? await store.head(shown.key) : undefined
  return object && (await versionOf(object.etag)) === shown.version ? other.uploadId : undefined
}

function entityOf(key: UploadKey): string {
  return 'ownerType' in key ? `${key.ownerType} ${key.ownerId}` : key.resourceId
}
