import type { Settings } from '@ckan-uplink/core/settings'
import { FILESTORE_PREFIX, hasForbiddenCharacters, isFileName } from '@ckan-uplink/core/uploads'

/** Keys of S3 have 1,024 bytes at most, and names of blobs 254 segments. */
const MAX_BYTES = 900
const MAX_SEGMENTS = 100
/** Some platforms decode a path twice, S3 replaces `${filename}` in forms, and Azure drops dots at the end. */
const AMBIGUOUS = /%|\$\{|\.$/u

export const LABEL_RULE = `Use at most ${MAX_BYTES} bytes: names between slashes, not empty, without %, $, backslashes, or a dot at the end.`

/**
 * A label names a file of the FileStore, such as `2012-04-27T092841/myfile.jpg`. A slash at its beginning does not
 * count. `undefined` for a text that is not a safe path.
 */
export function parseLabel(text: string): string | undefined {
  const label = text.replace(/^\//u, '')
  if (new TextEncoder().encode(label).length > MAX_BYTES) return undefined
  const segments = label.split('/')
  return segments.length <= MAX_SEGMENTS && segments.every(isSegment) ? label : undefined
}

/** Reads the label at the end of an encoded path. */
export function labelInPath(path: string): string | undefined {
  try {
    return parseLabel(decodeURIComponent(path))
  } catch {
    return undefined
  }
}

/** The keys of the file and of its metadata. No two labels share a key. */
export function keysOf(label: string): { readonly file: string; readonly metadata: string } {
  return { file: `${FILESTORE_PREFIX}files/${label}`, metadata: `${FILESTORE_PREFIX}metadata/${label}.json` }
}

/** The address at which everybody can read the file. */
export function locationOf({ gatewayUrl }: Pick<Settings, 'gatewayUrl'>, label: string): string {
  return `${gatewayUrl}/storage/f/${label.split('/').map(encodeURIComponent).join('/')}`
}

/** The last segment of the label. */
export function fileNameOf(label: string): string {
  return label.slice(label.lastIndexOf('/') + 1)
}

function isSegment(segment: string): boolean {
  return isFileName(segment) && !hasForbiddenCharacters(segment) && !AMBIGUOUS.test(segment)
}
