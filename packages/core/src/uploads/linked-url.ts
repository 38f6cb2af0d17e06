import { sha256Hex } from '../support/digest.ts'
import { buildKey, isUploadId, parseKey, type ResourceKey } from './keys.ts'
import { segmentsAfter, splitVersion } from './url-parts.ts'

/** Where the URLs in CKAN point to: the gateway's download route, or its public host. */
export interface UrlSettings {
  /** The gateway as the world sees it, without a slash at the end. */
  readonly gatewayUrl: string
  /** Set when all files are public: the address of the public host, without a slash at the end. */
  readonly publicBucketUrl?: string
  readonly keyPrefix: string
}

/** An own URL taken apart. `fileName` is as in the URL. */
export interface LinkedUrl extends ResourceKey {
  readonly version: string
}

type NamedKey = Omit<ResourceKey, 'kind' | 'fileName'> & { readonly fileName: string }

/**
 * The first 16 hex digits of SHA-256 of an ETag: tells two contents of one key apart in a URL.
 * (ETags themselves won't do: Azure's share their first characters for hours.)
 */
export async function versionOf(etag: string): Promise<string> {
  return (await sha256Hex(etag)).slice(0, 16)
}

/** The URL that CKAN shows for a file; `fileName` names the download of a plain key, whose key has no name. */
export function linkedUrl(settings: UrlSettings, key: NamedKey, version: string): string {
  const path =
    settings.publicBucketUrl === undefined
      ? `${settings.gatewayUrl}${downloadPath(key)}`
      : `${settings.publicBucketUrl}/${buildKey(settings.keyPrefix, key).split('/').map(encodeURIComponent).join('/')}`
  return `${path}?v=${version}`
}

/** The path of the gateway's download route for a key. */
export function downloadPath(key: NamedKey): string {
  const segments = ['resource', key.resourceId, 'download', key.uploadId, key.fileName]
  return segments.flatMap((segment) => (segment === undefined ? [] : [`/${encodeURIComponent(segment)}`])).join('')
}

/**
 * The parts of an own URL, of either kind whatever the present setting is; `undefined` for any other URL.
 * Gives back what `linkedUrl` was given, save for the file name of a plain key in a public bucket.
 */
export function parseLinkedUrl(settings: UrlSettings, text: string): LinkedUrl | undefined {
  const [path, version] = splitVersion(text) ?? []
  if (path === undefined || version === undefined) return undefined
  const key = parseDownloadUrl(settings, path) ?? parseBucketUrl(settings, path)
  return key && { ...key, version }
}

/**
 * The file of this resource that a URL in CKAN stands for, at any address: CKAN keeps the old URLs when the gateway or its public
 * host moves. It tells only what CKAN shows, never where to redirect to. `undefined` where it stands for anything else.
 */
export function parseUrlOfResource(settings: UrlSettings, resourceId: string, text: string): LinkedUrl | undefined {
  const id = encodeURIComponent(resourceId)
  for (const mark of [`/resource/${id}/`, `/${settings.keyPrefix}${id}`]) {
    const address = text.slice(0, Math.max(0, text.lastIndexOf(mark)))
    const parsed = parseLinkedUrl({ ...settings, gatewayUrl: address, publicBucketUrl: address }, text)
    if (parsed?.resourceId === resourceId) return parsed
  }
  return undefined
}

function parseDownloadUrl({ gatewayUrl }: UrlSettings, url: string): ResourceKey | undefined {
  const [resource, resourceId, download, ...rest] = segmentsAfter(`${gatewayUrl}/`, url) ?? []
  if (resource !== 'resource' || download !== 'download' || resourceId === undefined) return undefined
  const [first, second] = rest
  if (rest.length === 1 && first) return { kind: 'resource', resourceId, fileName: first }
  if (rest.length === 2 && first && second && isUploadId(first))
    return { kind: 'resource', resourceId, uploadId: first, fileName: second }
  return undefined
}

/** The key that an address of the public host leads to, without its version; `undefined` for any other address. */
export function parseBucketUrl({ publicBucketUrl, keyPrefix }: UrlSettings, url: string): ResourceKey | undefined {
  const segments = publicBucketUrl === undefined ? undefined : segmentsAfter(`${publicBucketUrl}/`, url)
  const key = segments && parseKey(keyPrefix, segments.join('/'))
  return key?.kind === 'resource' ? key : undefined
}
