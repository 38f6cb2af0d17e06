import { ConfigurationError, isRetryable } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import { isParked } from '../notifications/park.ts'
import type { Catalog, Dataset, StoredObject } from '../ports/index.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { DAY_MS } from '../support/units.ts'
import { type UploadKey, uploadKeyOf } from '../uploads/image-keys.ts'
import { IMAGE_PREFIX, timeOfUploadId } from '../uploads/keys.ts'
import { mentionOf, mentionsIn } from '../uploads/own-url.ts'
import { updateRecord } from '../uploads/update-record.ts'
import { readRecord, recordIdOf, type StoredRecord } from '../uploads/upload-record.ts'
import { isUnlinked, neverLinkedReason } from './ended-upload.ts'
import { findReferences, type References } from './find-references.ts'
import type { OperationDeps } from './operation-deps.ts'
import { laterShown, readShown, type Shown } from './shown-upload.ts'

/** An object that nothing needs any more. */
export interface UnneededFile extends Pick<StoredObject, 'key' | 'size' | 'etag' | 'modifiedAt'> {
  readonly reason: string
  /** Since when CKAN's datasets have been looked at, by this machine's clock. */
  readonly foundAt: Date
}

const BATCH = 100

/**
 * Finds objects that were put, and whose upload was asked for, more than so many days ago, and that nothing needs any more:
 * - their resource, or the owner of the image, isn't in CKAN. A resource that is deleted isn't, since CKAN shows it to nobody; a dataset,
 *   organization, group or user that is deleted and not purged is;
 * - a later upload was linked as long ago, is what CKAN shows, and its own file is there;
 * - they failed, were aborted, superseded or expired, and were never linked.
 *
 * Never one whose parked message waits for an operator, and never what CKAN points to, whichever resource does: those whose URL leads to
 * what is another's are collected first, in one pass over all datasets. Streams, in the order of the keys. Writes nothing. Throws when
 * bucket or CKAN can't be read, `NotAllowedError` where the token isn't a sysadmin's, from whom CKAN hides nothing, and
 * `ConfigurationError` for a CKAN that points to no file here at all, where everything would seem to be needed by nothing.
 */
export async function* findUnneededFiles(
  deps: OperationDeps,
  options: { readonly olderThanDays: number },
): AsyncGenerator<UnneededFile> {
  const { settings, store, clock } = deps
  const foundAt = clock.now()
  const before = new Date(foundAt.getTime() - options.olderThanDays * DAY_MS)
  const { isReferencedElsewhere, hasOwnFiles } = await findReferences(deps)
  if (!hasOwnFiles)
    throw new ConfigurationError([
      `No dataset of ${settings.ckanUrl} points to a file at ${settings.gatewayUrl}: is this the bucket's CKAN?`,
    ])
  const limit = createLimiter(settings.storeConcurrency)
  for (const prefix of [IMAGE_PREFIX, settings.keyPrefix].sort()) {
    for await (const objects of inBatches(store.list(prefix), BATCH)) {
      const look = { ...deps, catalog: readingOnce(deps.catalog), before, isReferencedElsewhere }
      const reasons = await Promise.all(objects.map((object) => limit(() => removalReason(look, object))))
      for (const [index, { key, size, etag, modifiedAt }] of objects.entries()) {
        const reason = reasons[index]
        if (reason !== undefined) yield { key, size, etag, modifiedAt, reason, foundAt }
      }
    }
  }
}

/**
 * Removes a candidate, after another look at CKAN and the object; `false`: it is needed after all, has changed, or is gone, and nothing was
 * removed. An upload that was never linked is `aborted` first, which no linker links, and CKAN asked once more; a linker that had read the
 * record before can still be overtaken in the moment between that and the removal. A plain key's record only says what happens, since
 * the key can be put again. Throws when CKAN or the bucket can't be asked.
 */
export async function removeUnneededFile(deps: OperationDeps, candidate: UnneededFile): Promise<boolean> {
  const { key, foundAt } = candidate
  const object = await deps.store.head(key)
  if (object?.etag !== candidate.etag) return false
  const look = {
    ...deps,
    before: foundAt,
    isReferencedElsewhere: (await findReferences(deps, foundAt)).isReferencedElsewhere,
  }
  if ((await removalReason(look, object)) === undefined) return false
  await forbidLinking(deps, candidate)
  if ((await removalReason(look, object)) === undefined) return false
  if (!isSamePut(await deps.store.head(key), object)) return false
  await deps.store.remove(key)
  return true
}

/** The same content that is put again has the ETag that it had on some stores. */
function isSamePut(now: StoredObject | undefined, before: StoredObject): boolean {
  return now?.etag === before.etag && now.modifiedAt.getTime() === before.modifiedAt.getTime()
}

type Look = Pick<LinkDeps, 'settings' | 'store' | 'catalog'> &
  Pick<References, 'isReferencedElsewhere'> & { readonly before: Date }

/** `undefined`: it stays. */
async function removalReason(look: Look, object: StoredObject): Promise<string | undefined> {
  const { settings, store, before } = look
  const { key, modifiedAt } = object
  const parsed = uploadKeyOf(settings.keyPrefix, key)
  if (
    parsed === undefined ||
    modifiedAt >= before ||
    !isAskedForBefore(parsed.uploadId, before) ||
    look.isReferencedElsewhere(parsed)
  )
    return undefined
  const reason = await unneededReason(look, object, parsed)
  return reason === undefined || (await isParked(store, { bucket: settings.bucket, key })) ? undefined : reason
}

async function unneededReason(look: Look, object: StoredObject, parsed: UploadKey): Promise<string | undefined> {
  const own = await readOwnRecord(look.store, object.key, parsed)
  if (own.kind === 'unreadable') return undefined
  const stored = own.kind === 'found' ? own.stored : undefined
  const shown = await readShown(look, parsed, stored?.record.entity.dataset_id)
  if (shown.kind === 'hidden') return undefined
  if (shown.kind === 'gone')
    return `${parsed.kind === 'image' ? `The ${parsed.ownerType} ${parsed.ownerId}` : `The resource ${parsed.resourceId}`} isn't in CKAN.`
  if (mentionsIn(look.settings, shown.url).includes(mentionOf(parsed))) return undefined
  const later = await laterShown(look, parsed, object, shown)
  if (later !== undefined && (await isShownSince(look, shown, later)))
    return `A later upload, ${later}, is what CKAN shows.`
  return neverLinkedReason(stored?.record)
}

/** Whether CKAN has shown a later upload for as long as was asked for; without a record since it was asked for. */
async function isShownSince(
  { store, before }: Look,
  { own }: Extract<Shown, { kind: 'shown' }>,
  uploadId: string,
): Promise<boolean> {
  const record: OwnRecord = own ? await readOwnRecord(store, own.key, own.upload) : { kind: 'absent' }
  if (record.kind === 'absent') return isAskedForBefore(uploadId, before)
  if (record.kind === 'unreadable') return false
  const { linked } = record.stored.record
  return linked !== undefined && Date.parse(linked.at) < before.getTime()
}

export function isAskedForBefore(uploadId: string | undefined, time: Date): boolean {
  return uploadId === undefined || timeOfUploadId(uploadId) < time.getTime()
}

/** The record of the object at a key. A record that names another key belongs to another object. */
export type OwnRecord =
  | { readonly kind: 'found'; readonly stored: StoredRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' }

export async function readOwnRecord(store: LinkDeps['store'], key: string, parsed: UploadKey): Promise<OwnRecord> {
  try {
    const stored = await readRecord(store, recordIdOf(parsed))
    return stored?.record.key === key ? { kind: 'found', stored } : { kind: 'absent' }
  } catch (error) {
    if (isRetryable(error)) throw error
    return { kind: 'unreadable' }
  }
}

const BEING_REMOVED = 'The file is being removed.'

/**
 * Says in the record of an upload that was never linked that it won't be. What is put at a plain key later is another upload with the
 * same record, so that record forbids nothing. It changes all the same: a linker that has read it before cannot claim the key by it.
 */
async function forbidLinking({ settings, store }: OperationDeps, { key, reason }: UnneededFile): Promise<void> {
  const parsed = uploadKeyOf(settings.keyPrefix, key)
  if (parsed === undefined) return
  const own = await readOwnRecord(store, key, parsed)
  if (own.kind !== 'found') return
  const state = parsed.uploadId === undefined ? 'failed' : 'aborted'
  await updateRecord(store, own.stored, (record) =>
    isUnlinked(record) && record.state !== 'aborted' && record.reason?.startsWith(BEING_REMOVED) !== true
      ? { ...record, state, reason: `${BEING_REMOVED} ${reason}` }
      : undefined,
  )
}

/** One batch asks CKAN once for each dataset. */
function readingOnce(catalog: Catalog): Catalog {
  const datasets = new Map<string, Promise<Dataset | undefined>>()
  return {
    ...catalog,
    readDataset(id) {
      const read = datasets.get(id) ?? catalog.readDataset(id)
      datasets.set(id, read)
      return read
    },
  }
}
