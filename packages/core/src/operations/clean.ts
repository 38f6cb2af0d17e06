import { ConfigurationError, isRetryable } from '../errors.ts'
import { parseUploadKey, type UploadKey } from '../image-keys.ts'
import { IMAGE_PREFIX, timeOfUploadId, uploadIdsIn } from '../keys.ts'
import { createLimiter } from '../limiter.ts'
import type { LinkDeps } from '../link/link.ts'
import { settleRecord } from '../link/settle-record.ts'
import { isParked } from '../park.ts'
import type { Catalog, Dataset, StoredObject } from '../ports.ts'
import { readRecord, recordIdOf, type StoredRecord, type UploadRecord } from '../upload-record.ts'
import { inBatches, startAfter } from './listing.ts'
import { parseOwnUrl } from './own-url.ts'
import type { OperationDeps } from './reconcile.ts'
import { DAY_MS } from './remove-replaced.ts'
import { laterShown, readShown } from './shown-upload.ts'

/** An object that nothing needs any more. */
export interface CleanCandidate extends Pick<StoredObject, 'key' | 'size' | 'etag' | 'modifiedAt'> {
  readonly reason: string
  /** Since when CKAN's datasets have been looked at, by this machine's clock. */
  readonly foundAt: Date
}

const BATCH = 100
/** By how much CKAN's clock may be behind, and its search index late. */
const SLACK_MS = 600_000

/**
 * Finds objects that were put, and whose upload was asked for, more than so many days ago, and that nothing needs any more:
 * - their resource, or the owner of the image, isn't in CKAN; deleted and not purged, it is;
 * - a later upload has been what CKAN shows for as long, and its own file is there;
 * - they failed, were aborted, superseded or expired, were never linked, and no parked message waits for an operator.
 *
 * Never what CKAN points to, whichever resource does: those whose URL is another one's upload are collected first, in one pass over all
 * datasets. **The token has to be a sysadmin's**: from others CKAN hides what they may not see. Streams, in the order of the keys,
 * beginning after the key `after`. Writes nothing. Throws when bucket or CKAN can't be read, and
 * `ConfigurationError` for a CKAN that points to no file here at all, where everything would seem to be needed by nothing.
 */
export async function* findCleanable(
  deps: OperationDeps,
  options: { readonly olderThanDays: number; readonly after?: string },
): AsyncGenerator<CleanCandidate> {
  const { settings, store, clock } = deps
  const foundAt = clock.now()
  const before = new Date(foundAt.getTime() - options.olderThanDays * DAY_MS)
  const { mentions: foreign, isOurs } = await askWhoPoints(deps)
  if (!isOurs) throw new ConfigurationError([`No dataset of ${settings.ckanUrl} points to a file at ${settings.gatewayUrl}: is this the bucket's CKAN?`])
  const limit = createLimiter(settings.storeConcurrency)
  for (const { prefix, after } of listingsAfter([IMAGE_PREFIX, settings.keyPrefix].sort(), options.after)) {
    for await (const objects of inBatches(store.list(prefix, startAfter(after)), BATCH)) {
      const look = { ...deps, catalog: readingOnce(deps.catalog), before }
      const reasons = await Promise.all(
        objects.map((object) => (isForeign(settings, foreign, object.key) ? undefined : limit(() => whyCleanable(look, object)))),
      )
      for (const [index, { key, size, etag, modifiedAt }] of objects.entries()) {
        const reason = reasons[index]
        if (reason !== undefined) yield { key, size, etag, modifiedAt, reason, foundAt }
      }
    }
  }
}

/** What is left of the prefixes, which are in the order of their keys, behind a key. */
function listingsAfter(prefixes: readonly string[], after: string | undefined): readonly { readonly prefix: string; readonly after?: string }[] {
  const left = prefixes.filter((prefix) => after === undefined || after.startsWith(prefix) || prefix > after)
  return left.map((prefix) => ({ prefix, ...startAfter(after?.startsWith(prefix) ? after : undefined) }))
}

/**
 * Removes a candidate, after another look at CKAN and the object; `false`: it is needed after all, has changed, or is gone, and nothing was
 * removed. An upload that was never linked is `aborted` first, which no linker links; one that had read the record before
 * can still be overtaken in the moment between this look at CKAN and the removal. Throws when CKAN or the bucket can't be asked.
 */
export async function removeCleanable(deps: OperationDeps, candidate: CleanCandidate): Promise<boolean> {
  const { key, foundAt } = candidate
  const object = await deps.store.head(key)
  if (object?.etag !== candidate.etag) return false
  const since = new Date(foundAt.getTime() - SLACK_MS)
  if (isForeign(deps.settings, (await askWhoPoints(deps, since)).mentions, key)) return false
  await forbidLinking(deps, candidate)
  if ((await whyCleanable({ ...deps, before: foundAt }, object)) === undefined) return false
  await deps.store.remove(key)
  return true
}

type Look = Pick<LinkDeps, 'settings' | 'store' | 'catalog'> & { readonly before: Date }

/** `undefined`: it stays. */
async function whyCleanable(look: Look, object: StoredObject): Promise<string | undefined> {
  const { key, modifiedAt } = object
  const parsed = parseUploadKey(look.settings.keyPrefix, key)
  if (typeof parsed !== 'object' || modifiedAt >= look.before || !isAskedForBefore(parsed.uploadId, look.before)) return undefined
  const stored = await readOwnRecord(look, key, parsed)
  if (stored === 'unreadable') return undefined
  const shown = await readShown(look, parsed, stored?.record.entity.dataset_id)
  if (shown === 'out of sight') return undefined
  if (shown === 'gone') return `${'ownerType' in parsed ? `The ${parsed.ownerType} ${parsed.ownerId}` : `The resource ${parsed.resourceId}`} isn't in CKAN.`
  if (shown.own?.key === key || isMentioned(shown.url, parsed)) return undefined
  const later = await laterShown(look, parsed, object, shown)
  if (later !== undefined && isAskedForBefore(later, look.before)) return `A later upload, ${later}, is what CKAN shows.`
  return whyUseless(look, key, stored?.record)
}

/** A URL that a person wrote may lack its version, or lead to an address that the gateway had before. */
function isMentioned(url: string, { uploadId }: UploadKey): boolean {
  return uploadId !== undefined && url.includes(uploadId)
}

function isAskedForBefore(uploadId: string | undefined, time: Date): boolean {
  return uploadId === undefined || timeOfUploadId(uploadId) < time.getTime()
}

const ENDED: readonly UploadRecord['state'][] = ['failed', 'aborted', 'superseded', 'expired']

async function whyUseless({ settings, store }: Look, key: string, record: UploadRecord | undefined): Promise<string | undefined> {
  if (record === undefined || !isUnlinked(record)) return undefined
  if (await isParked(store, { bucket: settings.bucket, key })) return undefined
  return `The upload was never linked, and is ${record.state}${record.reason === undefined ? '.' : `: ${record.reason}`}`
}

function isUnlinked({ state, linked }: UploadRecord): boolean {
  return linked === undefined && ENDED.includes(state)
}

/** One that was announced for another key isn't this object's; of one that can't be read nobody knows. */
async function readOwnRecord({ store }: Look, key: string, parsed: UploadKey): Promise<StoredRecord | 'unreadable' | undefined> {
  try {
    const stored = await readRecord(store, recordIdOf(parsed))
    return stored?.record.key === key ? stored : undefined
  } catch (error) {
    if (isRetryable(error)) throw error
    return 'unreadable'
  }
}

/** Says in the record of an upload that was never linked that it won't be. */
async function forbidLinking({ settings, store, catalog }: OperationDeps, { key, reason }: CleanCandidate): Promise<void> {
  const parsed = parseUploadKey(settings.keyPrefix, key)
  const stored = typeof parsed === 'object' ? await readOwnRecord({ settings, store, catalog, before: new Date() }, key, parsed) : undefined
  if (typeof stored !== 'object') return
  await settleRecord(store, stored, (record) =>
    isUnlinked(record) && record.state !== 'aborted' ? { ...record, state: 'aborted', reason: `The file was removed. ${reason}` } : undefined,
  )
}

interface Pointers {
  /** The keys and upload ids in the URLs of resources other than their own, as in a dataset that was copied: few, so they are held in memory. */
  readonly mentions: ReadonlySet<string>
  /** Whether any resource points to a file of its own. */
  readonly isOurs: boolean
}

async function askWhoPoints({ settings, lister }: OperationDeps, since?: Date): Promise<Pointers> {
  const mentions = new Set<string>()
  let isOurs = false
  for await (const { resources } of lister.datasets(since && { since })) {
    for (const { id, url } of resources) {
      const own = parseOwnUrl(settings, url)
      const isOwn = own !== undefined && 'resourceId' in own.upload && own.upload.resourceId === id
      isOurs ||= isOwn
      if (!isOwn) for (const mention of [own?.key ?? '', ...uploadIdsIn(url)]) mentions.add(mention)
    }
  }
  return { mentions, isOurs }
}

function isForeign({ keyPrefix }: LinkDeps['settings'], mentions: ReadonlySet<string>, key: string): boolean {
  const parsed = parseUploadKey(keyPrefix, key)
  return mentions.has(key) || (typeof parsed === 'object' && parsed.uploadId !== undefined && mentions.has(parsed.uploadId))
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
