import { pngOf } from '../../../testing/src/sample-images.ts'
import type { ImageOwner, ObjectEvent, Outcome } from '../../src/index.ts'
import type { Settings } from '../../src/settings/index.ts'
import {
  buildImageKey,
  type ImageKey,
  imageUrl,
  recordIdOf,
  recordKey,
  type UploadRecord,
  versionOf,
} from '../../src/uploads/index.ts'
import { type Bench, createBench, createdEvent, settingsOf, uploadId } from './fixtures.ts'
import type { Content } from './memory-store.ts'

export const OWNER_ID = 'cccccccc-0000-4000-8000-000000000003'
/** The URL that CKAN shows before any upload. */
export const OLD = 'https://ckan.example.org/uploads/group/old.png'

export function imageKeyOf(
  order: number,
  ownerType: ImageKey['ownerType'] = 'organization',
  ownerId = OWNER_ID,
): ImageKey {
  return { kind: 'image', ownerType, ownerId, uploadId: uploadId(order), fileName: 'logo.png' }
}

export function kindsOf(outcomes: readonly Outcome[]): readonly Outcome['kind'][] {
  return outcomes.map(({ kind }) => kind)
}

export async function imageUrlOf(key: ImageKey, etag: string): Promise<string> {
  return imageUrl(settingsOf(), key, await versionOf(etag))
}

export interface ImageBench extends Bench {
  /** The image that CKAN shows; by default of the organization. */
  image(type?: ImageKey['ownerType']): string
  show(imageUrl: string, more?: Partial<ImageOwner>): void
  /** Writes the record of the upload and puts its object, by default a unique PNG. Its ETag is `etag of <order>`. */
  uploadImage(
    key: ImageKey,
    more?: { readonly record?: Partial<UploadRecord>; readonly content?: Content },
  ): ObjectEvent
  imageRecord(key: ImageKey): Record<string, unknown> | undefined
}

/** A bench with an organization, a group and a user that show the old image. */
export function createImageBench(settings: Partial<Settings> = {}): ImageBench {
  const bench = createBench({ settings })
  const { owners } = bench.catalog
  const show = (
    image: string,
    { type = 'organization', id = OWNER_ID, state = 'active' }: Partial<ImageOwner> = {},
  ): void => void owners.set(`${type} ${id}`, { type, id, state, imageUrl: image })
  for (const type of ['organization', 'group', 'user'] as const) show(OLD, { type })
  return {
    ...bench,
    show,
    image: (type = 'organization') => owners.get(`${type} ${OWNER_ID}`)?.imageUrl ?? '',
    imageRecord: (key) => bench.store.json(recordKey(recordIdOf(key))),
    uploadImage(key, { record, content } = {}) {
      const announced: UploadRecord = {
        version: 1,
        id: recordIdOf(key),
        entity: { type: key.ownerType, id: key.ownerId },
        key: buildImageKey(key),
        previous_url: OLD,
        declared: { name: key.fileName },
        limits: {},
        state: 'issued',
        ...record,
      }
      bench.store.place(recordKey(announced.id), { bytes: JSON.stringify(announced) })
      bench.store.place(announced.key, { bytes: pngOf(3, 2, key.uploadId), etag: etagOf(key), ...content })
      return createdEvent(announced.key)
    },
  }
}

export function etagOf({ uploadId: id }: ImageKey): string {
  return `etag of ${Number(id.slice(-12))}`
}
