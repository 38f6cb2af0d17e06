/** Records and parked messages have this prefix. No notification covers it. */
export const UPLINK_PREFIX = 'uplink/'
export const DEFAULT_KEY_PREFIX = 'resources/api_uploads/'
/** Images of organizations, groups and users have this prefix. */
export const IMAGE_PREFIX = 'images/'
/** Files of the FileStore API of old CKANs, and their metadata, have this prefix. No notification covers it. */
export const FILESTORE_PREFIX = 'filestore/'
/** The resource ids of probes begin so. No such resource exists, so the linker parks the event of a probe. */
export const PROBE_PREFIX = 'uplink-doctor-'

/** The parts of a file's key. A plain key of older deployments has neither upload id nor file name. */
export interface ResourceKey {
  readonly kind: 'resource'
  readonly resourceId: string
  readonly uploadId?: string
  readonly fileName?: string
}

/** A key inside one of our prefixes that does not have the form of an upload's key. */
export interface MalformedKey {
  readonly kind: 'malformed'
}

export const MALFORMED: MalformedKey = { kind: 'malformed' }

const RESOURCE_ID = /^[0-9A-Za-z _-]{7,100}$/
const UPLOAD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const UPLOAD_IDS = new RegExp(UPLOAD_ID.source.slice(1, -1), 'g')

/** Whether any supported CKAN accepts this as the id of a resource (2.10 is the most lenient). */
export function isResourceId(text: string): boolean {
  return RESOURCE_ID.test(text)
}

/** Whether the text is a UUIDv7 in lower case. Compared as strings, a greater id belongs to a later request. */
export function isUploadId(text: string): boolean {
  return UPLOAD_ID.test(text)
}

/** Every upload id in a text. */
export function uploadIdsIn(text: string): readonly string[] {
  return text.match(UPLOAD_IDS) ?? []
}

/** When the gateway made this id, in milliseconds since 1970: its first 48 bits. */
export function timeOfUploadId(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16)
}

/** The key of a file. `parseKey` is its inverse. */
export function buildKey(prefix: string, key: Omit<ResourceKey, 'kind'>): string {
  const { resourceId, uploadId, fileName } = key
  return uploadId === undefined ? prefix + resourceId : `${prefix}${resourceId}/${uploadId}/${fileName ?? 'data'}`
}

/** `undefined` when the key is outside the prefix. */
export function parseKey(prefix: string, key: string): ResourceKey | MalformedKey | undefined {
  if (!key.startsWith(prefix)) return undefined
  const [resourceId = '', uploadId, fileName, ...rest] = key.slice(prefix.length).split('/')
  if (!isResourceId(resourceId)) return MALFORMED
  if (uploadId === undefined) return { kind: 'resource', resourceId }
  if (!isUploadId(uploadId) || fileName === undefined || !isFileName(fileName) || rest.length > 0) return MALFORMED
  return { kind: 'resource', resourceId, uploadId, fileName }
}

/** Whether the text can be the last segment of a URL's path. */
export function isFileName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && text.isWellFormed()
}
