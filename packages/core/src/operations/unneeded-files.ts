import { ConfigurationError } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import { isParked } from '../notifications/park.ts'
import type { Catalog, Dataset, StoredObject } from '../ports/index.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { DAY_MS } from '../support/units.ts'
import { isHeld } from '../uploads/held-upload.ts'
import { type UploadKey, uploadKeyOf } from '../uploads/image-keys.ts'
import { IMAGE_PREFIX, timeOfUploadId } from '../uploads/keys.ts'
import { mentionOf, mentionsIn } from '../uploads/own-url.ts'
import { updateRecord } from '../uploads/update-record.ts'
import { isUnlinked, neverLinkedReason, neverRegisteredReason } from './ended-upload.ts'
import { findReferences, type References } from './find-references.ts'
import { createKeptVersions, type IsKeptVersion } from './kept-versions.ts'
import type { OperationDeps } from './operation-deps.ts'
import { type OwnRecord, readOwnRecord } from './own-record.ts'
import { removeFromCkan } from './remove-from-ckan.ts'
import { laterShown, readShown, type Shown } from './shown-upload.ts'

/** An object that is no longer needed. */
export interface UnneededFile extends Pick<StoredObject, 'key' | 'size' | 'etag' | 'modifiedAt'> {
  readonly reason: string
  /** When the search began to read CKAN's datasets, by this machine's clock. */
  readonly foundAt: Date
}

const BATCH = 100

/**
 * Finds objects that are no longer needed. The object and the request for its upload must be older than
 * `olderThanDays`, and one of these must be true:
 * - The resource or the image owner does not exist in CKAN. A deleted resource does not exist, because CKAN shows it to
 *   no user. A dataset, organization, group or user that is deleted but not purged still exists.
 * - A later upload was linked as long ago, CKAN shows it, and its file exists. `keepVersions` does not keep this one.
 * - The upload failed, or was aborted, superseded or expired, and was never linked.
 *
 * Omits objects with a parked message, and objects that any resource in CKAN points to. To know that, it first reads
 * all datasets and collects the URLs that point to another resource's file. Streams, ordered by key. Writes nothing.
 * Throws when the bucket or CKAN cannot be read. Throws `NotAllowedError` unless the token belongs to a sysadmin,
 * because CKAN hides datasets from other users. Throws `ConfigurationError` when CKAN points to no file here at all,
 * because then every object would seem to be unneeded.
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
  const isKeptVersion = createKeptVersions(deps)
  for (const prefix of [IMAGE_PREFIX, settings.keyPrefix].sort()) {
    for await (const objects of inBatches(store.list(prefix), BATCH)) {
      const look = { ...deps, catalog: readingOnce(deps.catalog), before, isReferencedElsewhere, isKeptVersion }
      const reasons = await Promise.all(objects.map((object) => limit(() => removalReason(look, object))))
      for (const [index, { key, size, etag, modifiedAt }] of objects.entries()) {
        const reason = reasons[index]
        if (reason !== undefined) yield { key, size, etag, modifiedAt, reason, foundAt }
      }
    }
  }
}

/**
 * Removes a candidate after another look at CKAN and the object. Returns `false` and removes nothing when the object is
 * needed, has changed, or no longer exists. If the upload was never linked, first marks its record `aborted`, so that
 * no linker links it, and then asks CKAN once more. A race remains: a linker that read the record earlier may link the
 * file right before the removal. The record of a plain key only gets a reason, because the key can be used again.
 * Throws when CKAN or the bucket cannot be read.
 */
export async function removeUnneededFile(deps: OperationDeps, candidate: UnneededFile): Promise<boolean> {
  const { key, foundAt } = candidate
  const object = await deps.store.head(key)
  if (object?.etag !== candidate.etag) return false
  const look = {
    ...deps,
    before: foundAt,
    isKeptVersion: createKeptVersions(deps),
    isReferencedElsewhere: (await findReferences(deps, foundAt)).isReferencedElsewhere,
  }
  if ((await removalReason(look, object)) === undefined) return false
  await forbidLinking(deps, candidate)
  if ((await removalReason(look, object)) === undefined) return false
  if (!isSamePut(await deps.store.head(key), object) || !(await isRemovedFromCkan(deps, key))) return false
  await deps.store.remove(key)
  return true
}

async function isRemovedFromCkan(deps: OperationDeps, key: string): Promise<boolean> {
  const parsed = uploadKeyOf(deps.settings.keyPrefix, key)
  const own = parsed && (await readOwnRecord(deps.store, key, parsed))
  return removeFromCkan(deps, own?.kind === 'found' ? own.stored.record : undefined)
}

/** Compares the time as well, because on some stores the same content has the same ETag when it is put again. */
function isSamePut(now: StoredObject | undefined, before: StoredObject): boolean {
  return now?.etag === before.etag && now.modifiedAt.getTime() === before.modifiedAt.getTime()
}

type Look = Pick<LinkDeps, 'settings' | 'store' | 'catalog'> &
  Pick<References, 'isReferencedElsewhere'> & { readonly before: Date; readonly isKeptVersion: IsKeptVersion }

/** `undefined` when the object stays. */
async function removalReason(look: Look, object: StoredObject): Promise<string | undefined> {
  const { settings, store, before } = look
  const { key, modifiedAt } = object
  const parsed = uploadKeyOf(settings.keyPrefix, key)
  if (
    parsed === undefined ||
    modifiedAt >= before ||
    !isRequestedBefore(parsed.uploadId, before) ||
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
  // The resource of a held file may not exist yet.
  if (stored && isHeld(stored.record)) return undefined
  if (parsed.kind === 'file') return neverRegisteredReason(stored?.record)
  const shown = await readShown(look, parsed, stored?.record.entity.dataset_id)
  if (shown.kind === 'hidden') return undefined
  if (shown.kind === 'gone')
    return `${parsed.kind === 'image' ? `The ${parsed.ownerType} ${parsed.ownerId}` : `The resource ${parsed.resourceId}`} does not exist in CKAN.`
  if (mentionsIn(look.settings, shown.url).includes(mentionOf(parsed))) return undefined
  const later = await laterShown(look, parsed, object, shown)
  if (later !== undefined && (await isShownSince(look, shown, later)) && !(await look.isKeptVersion(parsed, later)))
    return `CKAN shows a later upload, ${later}.`
  return neverLinkedReason(stored?.record)
}

/** Whether CKAN has shown the later upload since `before`. Without a record, the time of its request counts. */
async function isShownSince(
  { store, before }: Look,
  { own }: Extract<Shown, { kind: 'shown' }>,
  uploadId: string,
): Promise<boolean> {
  const record: OwnRecord = own ? await readOwnRecord(store, own.key, own.upload) : { kind: 'absent' }
  if (record.kind === 'absent') return isRequestedBefore(uploadId, before)
  if (record.kind === 'unreadable') return false
  const { linked } = record.stored.record
  return linked !== undefined && Date.parse(linked.at) < before.getTime()
}

export function isRequestedBefore(uploadId: string | undefined, time: Date): boolean {
  return uploadId === undefined || timeOfUploadId(uploadId) < time.getTime()
}

const BEING_REMOVED = 'The file is being removed.'

/**
 * Marks the record of an upload that was never linked, so that no linker links it. A plain key keeps its record for
 * later objects, so its record forbids nothing. The write still changes the record, so that a linker that read it
 * earlier cannot claim the key with it.
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

/** Reads each dataset once per batch. */
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
