import type { IssuedUpload, Uplink } from '@ckan-uplink/client'
import { IMAGE_OWNER_TYPES, type ImageOwnerType } from '@ckan-uplink/core/uploads'
import type { Work } from '../work.ts'
import type { ChosenFile } from './choose-files.ts'

/** An image in CKAN's own store. */
export interface StoredImage {
  readonly type: ImageOwnerType
  /** The name of the organization, group or user. */
  readonly owner: string
  /** The name of the file in CKAN's store. */
  readonly imageUrl: string
  readonly file: ChosenFile
}

interface ShownOwner {
  readonly id: string
  readonly name: string
  readonly image_url?: string | null
  /** The address of an image in CKAN's store. */
  readonly image_display_url?: string | null
}

/** CKAN shows no more organizations or groups with all fields by default. */
const PAGE = 25

/** The images in CKAN's own store. CKAN keeps the file name of such an image, and a URL of any other. */
export async function* listImages({ uplink, signal }: Work): AsyncGenerator<StoredImage, void> {
  for (const type of IMAGE_OWNER_TYPES)
    for await (const { id, name, image_url, image_display_url } of listOwners(uplink, type, signal)) {
      const url = URL.parse(image_display_url ?? '')
      if (!image_url || /^https?:/u.test(image_url) || url === null) continue
      const resource = { id, url: url.href }
      const file = { resource, from: 'store', url, name: fileNameOf(image_url), bytes: undefined } as const
      yield { type, owner: name, imageUrl: image_url, file }
    }
}

async function* listOwners(
  uplink: Uplink,
  type: ImageOwnerType,
  signal: AbortSignal,
): AsyncGenerator<ShownOwner, void> {
  const list = (params: object) =>
    uplink.action<readonly ShownOwner[]>(`${type}_list`, { all_fields: true, ...params }, { signal })
  if (type === 'user') return yield* await list({})
  for (let offset = 0; ; ) {
    const page = await list({ limit: PAGE, offset })
    if (page.length === 0) return
    yield* page
    offset += page.length
  }
}

/** CKAN puts the time of the upload before the name. */
function fileNameOf(imageUrl: string): string {
  return imageUrl.slice(imageUrl.lastIndexOf('/') + 1).replace(/^\d{4}-\d\d-\d\d-\d{6}\.\d+/u, '')
}

/**
 * An upload for the image. The linker compares the image that CKAN shows at this request, so CKAN must still show the
 * image that was read.
 */
export async function askForImageUpload(
  { type, imageUrl, file }: StoredImage,
  size: number,
  work: Work,
): Promise<IssuedUpload> {
  const { uplink, signal } = work
  const { id } = file.resource
  const params = { id, name: file.name, size }
  const { upload } = await uplink.action<{ readonly upload: IssuedUpload }>(`${type}_upload`, params, { signal })
  if ((await showImage(type, id, work)) !== imageUrl)
    throw new Error(`The ${type} has another image now: run the command again.`)
  return upload
}

/** The image that CKAN shows. The linker writes a URL with the id of the upload. */
export async function showImage(type: ImageOwnerType, id: string, { uplink, signal }: Work): Promise<string> {
  return (await uplink.action<ShownOwner>(`${type}_show`, { id }, { signal })).image_url ?? ''
}

export function isImageOf(imageUrl: string, upload: string): boolean {
  return imageUrl.includes(`/${upload.replace('image-', '')}/`)
}
