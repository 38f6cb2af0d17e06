import { NotFoundError, type ObjectStore, type Resource } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import {
  buildKey,
  downloadPath,
  parseKey,
  parseUrlOfResource,
  type ResourceKey,
  recordIdOf,
  type UploadRecord,
  withdrawnMarks,
} from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { named } from '../http/named.ts'
import { time } from './answers.ts'

export const version = named(
  'Version',
  v.strictObject({
    upload: v.string(),
    state: v.picklist(['current', 'replaced', 'withdrawn']),
    name: v.string(),
    size: v.optional(v.number()),
    mimetype: v.optional(v.string()),
    hash: v.optional(v.pipe(v.string(), v.description('`sha256:` and the checksum, if the linker verified it.'))),
    at: v.optional(v.pipe(time, v.description('When the linker linked the file.'))),
    by: v.optional(v.pipe(v.string(), v.description('The user who uploaded or restored it. Not for readers.'))),
    restored_from: v.optional(v.string()),
    url: v.optional(v.pipe(v.string(), v.description('The file. It needs the token, unless CKAN shows the file.'))),
    open_url: v.optional(
      v.pipe(
        v.string(),
        v.description('With `upload`: opens the file for five minutes, without a token. Absent if the file is gone.'),
      ),
    ),
    withdrawn: v.optional(v.strictObject({ at: time, by: v.optional(v.string()), reason: v.optional(v.string()) })),
  }),
)
export type Version = v.InferOutput<typeof version>

/**
 * The ids of the records of a resource's files, the newest first; some of them were never linked. The keys of a
 * resource's files are an index already: one listing returns a thousand of them.
 */
export async function idsOfVersions(
  store: Pick<ObjectStore, 'list' | 'head'>,
  { keyPrefix }: Settings,
  resourceId: string,
): Promise<readonly string[]> {
  const plainKey = buildKey(keyPrefix, { resourceId })
  const [files, marks, plain] = await Promise.all([
    keysBelow(store, `${plainKey}/`),
    keysBelow(store, withdrawnMarks({ resourceId })),
    store.head(plainKey),
  ])
  const uploads = files.flatMap((key) => uploadIdOf(keyPrefix, key) ?? [])
  const withdrawn = marks.map((key) => key.slice(key.lastIndexOf('/') + 1))
  const ids = [...new Set([...uploads, ...withdrawn])].sort().reverse()
  return plain ? [...ids, recordIdOf({ kind: 'resource', resourceId })] : ids
}

function uploadIdOf(keyPrefix: string, key: string): string | undefined {
  const parsed = parseKey(keyPrefix, key)
  return parsed?.kind === 'resource' ? parsed.uploadId : undefined
}

async function keysBelow(store: Pick<ObjectStore, 'list'>, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

/** `undefined` for an upload of another resource, or an upload that was never linked, such as a refused file. */
export function describeVersion(settings: Settings, record: UploadRecord, resource: Resource): Version | undefined {
  const { id, key, declared, held, linked, withdrawn } = record
  const parsed = parseKey(settings.keyPrefix, key)
  if (parsed?.kind !== 'resource' || parsed.resourceId !== resource.id) return undefined
  if (held !== undefined || (linked === undefined && withdrawn === undefined)) return undefined
  const fileName = nameOf(parsed, record)
  const hash = linked?.checksum
  return {
    upload: id,
    state: withdrawn ? 'withdrawn' : shownRecordId(settings, resource) === id ? 'current' : 'replaced',
    name: fileName,
    ...optional({ size: linked?.size ?? declared.size, mimetype: linked?.mimetype, hash, at: linked?.at }),
    ...optional({ by: record.requested_by, restored_from: record.restored_from }),
    ...(linked && !withdrawn && { url: urlOf(settings, { ...parsed, fileName }, linked.version) }),
    ...(withdrawn && { withdrawn: { at: withdrawn.at, by: withdrawn.by, reason: withdrawn.reason } }),
  }
}

/** CKAN hides users from readers on many sites, and the reason of a withdrawal may contain the secret itself. */
export function forReaders({ by: _, withdrawn, ...facts }: Version): Version {
  return { ...facts, ...(withdrawn && { withdrawn: { at: withdrawn.at } }) }
}

export function noSuchVersion(): NotFoundError {
  return new NotFoundError('The resource has no such version.')
}

/** Plain keys have no file name. */
export function nameOf({ fileName }: ResourceKey, { declared, entity }: UploadRecord): string {
  return fileName ?? declared.name ?? entity.id
}

/** The id of the record of the file that CKAN shows. */
export function shownRecordId(settings: Settings, { id, url }: Resource): string | undefined {
  const shown = parseUrlOfResource(settings, id, url)
  return shown && recordIdOf(shown)
}

function urlOf({ gatewayUrl }: Settings, key: ResourceKey & { readonly fileName: string }, version: string): string {
  return gatewayUrl + downloadPath(key, version)
}

/** Without the fields that have no value. */
function optional<const T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
