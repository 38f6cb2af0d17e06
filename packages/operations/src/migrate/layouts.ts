import { fileNameOf, type ShownResource, type StoredImage, type Work } from '@ckan-uplink/cli/migrate'
import { RefusedError } from '@ckan-uplink/core'
import { DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { showCkanFile } from './ckan-files.ts'

/** The object of a resource, as the former uploader named it. */
export interface Place {
  readonly key: string
  /** The file's name; absent when the former uploader kept none. */
  readonly name?: string
  /** The size that CKAN keeps for the file. */
  readonly size?: number
}

/** `undefined` for a resource whose file is not in the bucket by this layout. */
export type Layout = (resource: ShownResource, tools: LayoutTools) => Promise<Place | undefined>

interface LayoutTools {
  readonly path: string
  /** Where people see CKAN. */
  readonly sites: readonly string[]
  /** The storage of CKAN's files that keeps them in the bucket. */
  readonly storage?: string | undefined
  readonly work: Pick<Work, 'uplink' | 'signal'>
}

/** The key of an image of an organization, a group or a user. */
export type ImageKeyOf = (image: Pick<StoredImage, 'type' | 'imageUrl'>, path: string) => string

/** `<path>/resources/<resource id>/<name>`. The name in CKAN's URL is the name in the key. */
const byName: Layout = async ({ id, url, url_type }, { path }) => {
  const parsed = URL.parse(url ?? '')
  if (url_type !== 'upload' || parsed === null) return undefined
  const name = fileNameOf(parsed)
  return { key: `${path}resources/${id}/${name}`, name }
}

/**
 * CKAN 2.12 keeps uploads of its own form below parts of the resource's id. ckanext-files chooses a location for each
 * file, which CKAN tells in one call for each file.
 */
const byFile: Layout = async ({ id, url, url_type }, { path, sites, storage, work }) => {
  const parsed = URL.parse(url ?? '')
  if (parsed === null) return undefined
  const name = fileNameOf(parsed)
  if (url_type === 'upload') return { key: `${path}${id.slice(0, 3)}/${id.slice(3, 6)}/${id.slice(6)}`, name }
  if (url_type !== 'file') return undefined
  // People write the URL, and this command reads every file.
  if (!sites.includes(parsed.origin))
    throw new RefusedError(`The URL of resource ${id} leads to ${parsed.host}, not to CKAN.`)
  const file = await showCkanFile(name, work)
  if (file.owner_type !== 'resource' || file.owner_id !== id)
    throw new RefusedError(`File ${name} belongs to another owner than resource ${id}.`)
  // Two storages can have files at the same location.
  if (file.storage !== storage)
    throw new RefusedError(
      `File ${name} is in the storage ${file.storage}: give --storage ${file.storage} if this storage is in the bucket.`,
    )
  return { key: path + file.location, name: file.name, size: file.size }
}

/** The keys of the first version, `resources/api_uploads/<resource id>`, behind a public URL in CKAN. */
const byPlainKey: Layout = async ({ id, url, url_type }, { path }) => {
  const parsed = URL.parse(url ?? '')
  const isPlain = !url_type && parsed?.pathname.endsWith(`/${DEFAULT_KEY_PREFIX}${id}`) === true
  return isPlain ? { key: `${path}${DEFAULT_KEY_PREFIX}${id}` } : undefined
}

/** The uploaders whose buckets can move. */
export const LAYOUTS = {
  s3filestore: byName,
  cloudstorage: byName,
  files: byFile,
  api_uploads: byPlainKey,
} as const satisfies Readonly<Record<string, Layout>>

/** ckanext-s3filestore keeps images as CKAN does in its own folder, those of organizations and groups together. */
export const IMAGE_KEYS: Partial<Readonly<Record<keyof typeof LAYOUTS, ImageKeyOf>>> = {
  s3filestore: ({ type, imageUrl }, path) => `${path}storage/uploads/${type === 'user' ? 'user' : 'group'}/${imageUrl}`,
}
