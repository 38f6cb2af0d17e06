import type { LinkDeps } from '../link/link.ts'
import type { Catalog, StoredObject } from '../ports/index.ts'
import type { ImageKey, UploadKey } from '../uploads/image-keys.ts'
import { timeOfUploadId } from '../uploads/keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { type OwnUrl, parseOwnUrl } from '../uploads/own-url.ts'

/** What CKAN shows for the resource or the image owner of an upload. */
export type Shown =
  /** CKAN itself answers that the entity does not exist. */
  | { readonly kind: 'gone' }
  /** The entity or its dataset is deleted and can be restored, or the resource is being moved to another dataset. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'shown'; readonly url: string; readonly own: OwnUrl | undefined }

/** `datasetId`: the dataset of the resource when the upload was requested. */
export async function readShown(
  { settings, catalog }: Pick<LinkDeps, 'settings' | 'catalog'>,
  upload: UploadKey,
  datasetId?: string,
): Promise<Shown> {
  const url = await readUrl(catalog, upload, datasetId)
  return url.kind === 'shown' ? { ...url, own: parseOwnUrl(settings, url.url) } : url
}

/** A file that no resource links to has no URL. */
async function readUrl(catalog: Catalog, upload: UploadKey, datasetId: string | undefined): Promise<ShownUrl> {
  if (upload.kind === 'file') return { kind: 'shown', url: '' }
  return upload.kind === 'image' ? readImageUrl(catalog, upload) : readFileUrl(catalog, upload.resourceId, datasetId)
}

type ShownUrl = Exclude<Shown, { kind: 'shown' }> | { readonly kind: 'shown'; readonly url: string }

const GONE = { kind: 'gone' } as const
const HIDDEN = { kind: 'hidden' } as const

async function readImageUrl(catalog: Catalog, { ownerType, ownerId }: ImageKey): Promise<ShownUrl> {
  const owner = await catalog.readImageOwner(ownerType, ownerId)
  if (owner === undefined) return GONE
  return owner.state === 'deleted' ? HIDDEN : { kind: 'shown', url: owner.imageUrl }
}

async function readFileUrl(catalog: Catalog, resourceId: string, datasetId: string | undefined): Promise<ShownUrl> {
  const there = datasetId === undefined ? undefined : await findIn(catalog, datasetId, resourceId)
  if (there !== undefined) return there
  const elsewhere = await catalog.findDataset(resourceId)
  return elsewhere === undefined ? GONE : ((await findIn(catalog, elsewhere, resourceId)) ?? HIDDEN)
}

async function findIn(catalog: Catalog, datasetId: string, resourceId: string): Promise<ShownUrl | undefined> {
  const dataset = await catalog.readDataset(datasetId)
  const resource = dataset?.resources.find(({ id }) => id === resourceId)
  if (dataset === undefined || resource === undefined) return undefined
  return dataset.state === 'deleted' || resource.state === 'deleted' ? HIDDEN : { kind: 'shown', url: resource.url }
}

/**
 * The id of the later upload that CKAN shows instead of this one; `undefined` when the file of that upload does not
 * exist. For an object at a plain key, uploads that were requested after its `modifiedAt` are later.
 */
export async function laterShown(
  { store }: Pick<LinkDeps, 'store'>,
  upload: UploadKey,
  { modifiedAt }: Pick<StoredObject, 'modifiedAt'>,
  shown: Shown,
): Promise<string | undefined> {
  const own = shown.kind === 'shown' ? shown.own : undefined
  const id = own?.upload.uploadId
  if (own === undefined || id === undefined || entityOf(own.upload) !== entityOf(upload)) return undefined
  const isLater = upload.uploadId === undefined ? timeOfUploadId(id) > modifiedAt.getTime() : id > upload.uploadId
  const object = isLater ? await store.head(own.key) : undefined
  return object && (await versionOf(object.etag)) === own.version ? id : undefined
}

function entityOf(key: UploadKey): string {
  if (key.kind === 'image') return `${key.ownerType} ${key.ownerId}`
  return key.kind === 'file' ? key.uploadId : key.resourceId
}
