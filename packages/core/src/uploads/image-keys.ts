import { type FileKey, parseFileKey } from './file-keys.ts'
import {
  IMAGE_PREFIX,
  isFileName,
  isResourceId,
  isUploadId,
  MALFORMED,
  type MalformedKey,
  parseKey,
  type ResourceKey,
} from './keys.ts'
import { segmentsAfter, splitVersion } from './url-parts.ts'

/** CKAN's entities that have an image. */
export const IMAGE_OWNER_TYPES = ['organization', 'group', 'user'] as const
export type ImageOwnerType = (typeof IMAGE_OWNER_TYPES)[number]

/** A key of an uploaded image. */
export interface ImageKey {
  readonly kind: 'image'
  readonly ownerType: ImageOwnerType
  readonly ownerId: string
  readonly uploadId: string
  readonly fileName: string
}

/** A key of any upload. */
export type UploadKey = ResourceKey | ImageKey | FileKey

/** The beginning of every key of the owner's images. */
export function imagePrefixOf({ ownerType, ownerId }: Pick<ImageKey, 'ownerType' | 'ownerId'>): string {
  return `${IMAGE_PREFIX}${ownerType}/${ownerId}/`
}

/** The key of an image. `parseImageKey` is its inverse. */
export function buildImageKey(key: Omit<ImageKey, 'kind'>): string {
  return `${imagePrefixOf(key)}${key.uploadId}/${key.fileName}`
}

/** `undefined` when the key is outside `images/`. */
export function parseImageKey(key: string): ImageKey | MalformedKey | undefined {
  if (!key.startsWith(IMAGE_PREFIX)) return undefined
  const [type, ownerId = '', uploadId = '', fileName = '', ...rest] = key.slice(IMAGE_PREFIX.length).split('/')
  const ownerType = IMAGE_OWNER_TYPES.find((known) => known === type)
  const isWhole = isResourceId(ownerId) && isUploadId(uploadId) && isFileName(fileName) && rest.length === 0
  return ownerType !== undefined && isWhole ? { kind: 'image', ownerType, ownerId, uploadId, fileName } : MALFORMED
}

/** `undefined` when the key is outside both prefixes. */
export function parseUploadKey(prefix: string, key: string): UploadKey | MalformedKey | undefined {
  return parseImageKey(key) ?? parseFileKey(prefix, key) ?? parseKey(prefix, key)
}

/** `undefined` when the key is outside both prefixes, and when it is malformed. */
export function uploadKeyOf(prefix: string, key: string): UploadKey | undefined {
  const parsed = parseUploadKey(prefix, key)
  return parsed?.kind === 'malformed' ? undefined : parsed
}

/** The image's address at the gateway. CKAN shows this address. */
export function imageUrl(
  { gatewayUrl }: { readonly gatewayUrl: string },
  key: Omit<ImageKey, 'kind'>,
  version: string,
): string {
  return `${gatewayUrl}/${buildImageKey(key).split('/').map(encodeURIComponent).join('/')}?v=${version}`
}

/** The inverse of `imageUrl`, also for a former address; `undefined` for any other URL. */
export function parseImageUrl(
  { gatewayUrl, formerUrls = [] }: { readonly gatewayUrl: string; readonly formerUrls?: readonly string[] },
  url: string,
): (ImageKey & { readonly version: string }) | undefined {
  const [address = '', version] = splitVersion(url) ?? []
  const base = [gatewayUrl, ...formerUrls].find((known) => address.startsWith(`${known}/`)) ?? gatewayUrl
  const key = parseImageKey(segmentsAfter(`${base}/`, address)?.join('/') ?? '')
  return key?.kind === 'image' && version !== undefined ? { ...key, version } : undefined
}
