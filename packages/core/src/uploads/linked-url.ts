import { sha256Hex } from '../support/digest.ts'
import { buildKey, isUploadId, parseKey, type ResourceKey } from './keys.ts'
import { isVersion, segmentsAfter, splitVersion } from './url-parts.ts'

/** The addresses in the URLs that CKAN shows: the gateway's download route, or its public host. */
export interface UrlSettings {
  /** The public address of the gateway, without a slash at the end. */
  readonly gatewayUrl: string
  /** Set when all files are public: the address of the public host, without a slash at the end. */
  readonly publicBucketUrl?: string
  /** Addresses in earlier links, of the gateway or of its public host. No new link has one of them. */
  readonly formerUrls?: readonly string[]
  readonly keyPrefix: string
}

/** The parts of a URL that the linker wrote. `fileName` is the name in the URL. */
export interface LinkedUrl extends ResourceKey {
  readonly version: string
}

type NamedKey = Omit<ResourceKey, 'kind' | 'fileName'> & { readonly fileName: string }

/**
 * The first 16 hex digits of SHA-256 of an ETag. It distinguishes two contents of one key in a URL. The beginning of
 * the ETag itself would not: for hours, ETags of Azure share their first characters.
 */
export async function versionOf(etag: string): Promise<string> {
  return (await sha256Hex(etag)).slice(0, 16)
}

/**
 * The URL that CKAN shows for a file. It ends in the file's name, because many programs derive the type and the
 * compression from the name. `fileName` is the name of the download for a plain key, which has no name.
 */
export function linkedUrl(settings: UrlSettings, key: NamedKey, version: string): string {
  const { publicBucketUrl, gatewayUrl, keyPrefix } = settings
  if (publicBucketUrl === undefined) return `${gatewayUrl}${downloadPath(key, version)}`
  return publicBucketUrl + pathOf([...`${keyPrefix}${key.resourceId}`.split('/'), ...downloadName(key, version)])
}

/** The path of the gateway's download route for a version of a key. */
export function downloadPath(key: NamedKey, version: string): string {
  return pathOf(['resource', key.resourceId, 'download', ...downloadName(key, version)])
}

/** `parseDownloadName` is its inverse. */
function downloadName({ uploadId, fileName }: NamedKey, version: string): readonly string[] {
  return uploadId === undefined ? [version, fileName] : [uploadId, version, fileName]
}

function pathOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('')
}

/** The parts of a URL after `/download/`, or after the resource's id at the public host. */
interface DownloadName {
  readonly uploadId?: string
  /** Absent in URLs of older linkers, which have it in the query. */
  readonly version?: string
  readonly fileName: string
}

/**
 * Reads the decoded segments of such a URL: upload id, version and file name. A plain key has no upload id.
 * `undefined` for any other path.
 */
export function parseDownloadName(segments: readonly string[]): DownloadName | undefined {
  const [first = ''] = segments
  const afterId = isUploadId(first) && segments.length > 1 ? segments.slice(1) : segments
  const [version = '', ...rest] = afterId
  const hasVersion = isVersion(version) && rest.length > 0
  const [fileName = '', ...more] = hasVersion ? rest : afterId
  if (fileName === '' || more.length > 0) return undefined
  return { ...(afterId !== segments && { uploadId: first }), ...(hasVersion && { version }), fileName }
}

/**
 * The inverse of `linkedUrl`. Also reads URLs with the version in the query, URLs from before the bucket was made
 * public or private, and URLs with a former address. `undefined` for any other URL.
 */
export function parseLinkedUrl(settings: UrlSettings, text: string): LinkedUrl | undefined {
  const present = parsePresentUrl(settings, text)
  if (present) return present
  const former = settings.formerUrls?.find((address) => text.startsWith(`${address}/`))
  return former === undefined ? undefined : parsePresentUrl(withAddress(settings, former), text)
}

function parsePresentUrl(settings: UrlSettings, text: string): LinkedUrl | undefined {
  const [path, queried] = splitVersion(text) ?? [text]
  if (/[?#]/u.test(path)) return undefined
  const key: PathKey | undefined = parseDownloadUrl(settings, path) ?? parseBucketUrl(settings, path)
  // No linker writes a version in both places.
  if (key === undefined || (key.version === undefined) === (queried === undefined)) return undefined
  return { ...key, version: key.version ?? queried ?? '' }
}

/**
 * Reads a URL of this resource at any address, because CKAN keeps the old URLs when the gateway or its public host
 * moves. The result only says which file CKAN shows. Never redirect to such an address. `undefined` for any other URL.
 */
export function parseUrlOfResource(settings: UrlSettings, resourceId: string, text: string): LinkedUrl | undefined {
  const id = encodeURIComponent(resourceId)
  for (const mark of [`/resource/${id}/`, `/${settings.keyPrefix}${id}`]) {
    const address = text.slice(0, Math.max(0, text.lastIndexOf(mark)))
    const parsed = parseLinkedUrl(withAddress(settings, address), text)
    if (parsed?.resourceId === resourceId) return parsed
  }
  return undefined
}

/** The same settings for links at another address alone. It may be that of a gateway or of a public host. */
export function withAddress({ keyPrefix }: Pick<UrlSettings, 'keyPrefix'>, address: string): UrlSettings {
  return { keyPrefix, gatewayUrl: address, publicBucketUrl: address }
}

type PathKey = ResourceKey & Partial<Pick<LinkedUrl, 'version'>>

function parseDownloadUrl({ gatewayUrl }: UrlSettings, url: string): PathKey | undefined {
  const [resource, resourceId, download, ...rest] = segmentsAfter(`${gatewayUrl}/`, url) ?? []
  if (resource !== 'resource' || download !== 'download' || resourceId === undefined) return undefined
  const name = parseDownloadName(rest)
  return name && { kind: 'resource', resourceId, ...name }
}

/**
 * The key in an address of the public host, and the version if the path has one. Older linkers wrote the path of the
 * key itself. `undefined` for any other address.
 */
export function parseBucketUrl({ publicBucketUrl, keyPrefix }: UrlSettings, url: string): PathKey | undefined {
  const segments = publicBucketUrl === undefined ? undefined : segmentsAfter(`${publicBucketUrl}/`, url)
  const path = segments?.join('/')
  if (path === undefined || !path.startsWith(keyPrefix)) return undefined
  const [resourceId = '', ...rest] = path.slice(keyPrefix.length).split('/')
  const name = parseDownloadName(rest)
  const isVersioned = name?.version !== undefined
  const key = parseKey(keyPrefix, isVersioned ? buildKey(keyPrefix, { resourceId, ...name }) : path)
  return key?.kind === 'resource' ? { ...key, ...(isVersioned && name) } : undefined
}
