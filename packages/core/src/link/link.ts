import type { PublishEvent } from '../events/publish-event.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import { isFinal, type Outcome } from '../notifications/outcome.ts'
import { parkEvent } from '../notifications/park.ts'
import type { Catalog, Clock, Logger, ObjectStore, PlatformScanner } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { createLimiter, type Limiter } from '../support/limiter.ts'
import type { FileKey } from '../uploads/file-keys.ts'
import { type ImageKey, parseUploadKey, type UploadKey } from '../uploads/image-keys.ts'
import { IMAGE_PREFIX } from '../uploads/keys.ts'
import { removeCall, type Target, targetOf } from './calls.ts'
import type { DatasetRests } from './dataset-rests.ts'
import { finishUpload } from './finish-upload.ts'
import { linkDatasets } from './link-datasets.ts'
import { linkFiles } from './link-files.ts'
import { linkImages } from './link-images.ts'
import { type ReadUpload, readUpload } from './read-upload.ts'
import { ignored, outcomeOf, parked, type Result, resultOfError } from './result.ts'
import type { Upload } from './upload.ts'

export interface LinkDeps {
  readonly settings: Settings
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly clock: Clock
  readonly logger: Logger
  /** Needed where the scanner is the platform's. */
  readonly platformScanner?: PlatformScanner | undefined
  /** Absent where the queue cannot delay one message: then no dataset rests. */
  readonly rests?: DatasetRests | undefined
  /** Tells receivers what became of an upload. Absent: there are none. */
  readonly publishEvent?: PublishEvent | undefined
}

/**
 * Updates CKAN from the bucket, for every key that the events name. Every queue, every cloud and `reconcile` call this
 * one function.
 *
 * Returns one outcome per event, in the order of the events, and never throws. Idempotent: the same events lead to the
 * same state of CKAN when they are repeated, reordered, or handled by several linkers at once. When an outcome is
 * `parked`, the parked message is already stored. The event of a call counts as an event of the object that it names.
 * Cost per key: one read of the record, one look at the object with its first bytes, and one write of the record. Cost
 * per dataset and per owner of an image: one read and one write.
 *
 * @example
 * const [outcome] = await link(deps, [{ bucket: 'files', key: 'resources/api_uploads/…', kind: 'created' }])
 */
export async function link(deps: LinkDeps, events: readonly ObjectEvent[]): Promise<readonly Outcome[]> {
  const catalog = limitedCatalog(deps.catalog, createLimiter(deps.settings.ckanConcurrency))
  const run: Run = { ...deps, catalog, limitStore: createLimiter(deps.settings.storeConcurrency), checksums: new Map() }
  const asked = await Promise.all(events.map((event) => run.limitStore(() => targetOf(run, event))))
  const taken = new Set(asked.filter(({ event }) => isTaken(run, event)))
  const targets = asked.filter((target) => !taken.has(target))
  // When an event was delivered twice, the delivery that cannot wait decides.
  const byPatience = targets.toSorted((a, b) => Number(b.event.mayWait ?? false) - Number(a.event.mayWait ?? false))
  const scanned = new Set(targets.filter(({ event }) => event.kind === 'scanned').map(keyOf))
  const distinct = new Map(
    byPatience.map((target) => [keyOf(target), scanned.has(keyOf(target)) ? asScanned(target) : target]),
  )
  const opened = await Promise.all([...distinct.values()].map((target) => open(run, target)))
  const held = new Map(opened.flatMap(({ upload }) => (upload ? heldOf(upload) : [])))
  const uploads = opened.flatMap(({ upload }) => (upload && !held.has(upload) ? [upload] : []))
  const linked = await Promise.all([
    linkDatasets(run, uploads.filter(isOfResource)),
    linkImages(run, uploads.filter(isOfImage)),
    linkFiles(run, uploads.filter(isOfFile)),
  ])
  const results = new Map<Upload<UploadKey>, Result>([...linked.flatMap((part) => [...part]), ...held])
  const outcomes = await Promise.all(opened.map((look) => run.limitStore(() => conclude(run, look, results))))
  const byKey = new Map([...distinct.keys()].map((key, index) => [key, outcomes[index]]))
  return Promise.all(
    asked.map(async (target) => {
      if (taken.has(target)) return outcomeOf(target.event, TAKEN)
      const outcome = byKey.get(keyOf(target)) ?? outcomeOf(target.event, unhandled)
      // A reconciliation that finds no resource leaves the call, so that the call's own message is still parked.
      if (isFinal(outcome) && outcome.kind !== 'orphaned') await run.limitStore(() => removeCall(run, target))
      return outcome
    }),
  )
}

const unhandled: Result = { kind: 'retry', cause: new Error('The event was not handled.') }

/**
 * Whether another batch of this process has linked the object while this message waited. That needs no request, because
 * an object with another ETag has a message of its own.
 */
function isTaken({ rests, settings }: Run, { bucket, key, kind, etag, mayWait, attempt = 1 }: ObjectEvent): boolean {
  const hasWaited = kind === 'created' && mayWait === true && attempt > 1
  if (!hasWaited || bucket !== settings.bucket || etag === undefined) return false
  return rests?.takeLinked(key, etag) ?? false
}

const TAKEN = ignored('The file was linked together with others of its dataset, while this message waited.')

/** The object was created and scanned: both events need the same look. */
function keyOf({ event: { bucket, key, kind } }: Target): string {
  return JSON.stringify([bucket, key, kind === 'scanned' ? 'created' : kind])
}

function asScanned(target: Target): Target {
  return { ...target, event: { ...target.event, kind: 'scanned' } }
}

function limitedCatalog(catalog: Catalog, limit: Limiter): Catalog {
  return {
    readDataset: (id) => limit(() => catalog.readDataset(id)),
    findDataset: (id) => limit(() => catalog.findDataset(id)),
    revise: (id, changes) => limit(() => catalog.revise(id, changes)),
    submit: (id) => limit(() => catalog.submit(id)),
    createViews: (resource) => limit(() => catalog.createViews(resource)),
    readImageOwner: (type, id) => limit(() => catalog.readImageOwner(type, id)),
    setImage: (owner, url) => limit(() => catalog.setImage(owner, url)),
    registerFile: (place, owner) => limit(() => catalog.registerFile(place, owner)),
    renameFile: (id, name) => limit(() => catalog.renameFile(id, name)),
    giveFile: (id, owner) => limit(() => catalog.giveFile(id, owner)),
    readFile: (id) => limit(() => catalog.readFile(id)),
    removeFile: (id, owner) => limit(() => catalog.removeFile(id, owner)),
    deleteFile: (id) => limit(() => catalog.deleteFile(id)),
  }
}

interface Run extends LinkDeps {
  readonly limitStore: Limiter
  readonly checksums: Map<string, string>
}

/** An event with its upload, or with its result when no look at the object is needed. */
type Look = { readonly event: ObjectEvent } & ReadUpload<UploadKey>

/** The result of a held upload, which costs no call of CKAN. */
function heldOf(upload: Upload<UploadKey>): readonly (readonly [Upload<UploadKey>, Result])[] {
  const { held, state } = upload.stored.record
  if (held === undefined) return []
  const waiting = { kind: 'waiting', state: held, reason: 'The file waits until somebody accepts it.' } as const
  return [[upload, state === 'withdrawn' ? ignored('The file was refused.') : waiting]]
}

function isOfImage(upload: Upload<UploadKey>): upload is Upload<ImageKey> {
  return upload.parsed.kind === 'image'
}

function isOfResource(upload: Upload<UploadKey>): upload is Upload {
  return upload.parsed.kind === 'resource'
}

function isOfFile(upload: Upload<UploadKey>): upload is Upload<FileKey> {
  return upload.parsed.kind === 'file'
}

async function open(run: Run, { event, result }: Target): Promise<Look> {
  if (result) return { event, result }
  const { settings } = run
  const parsed = parseUploadKey(settings.keyPrefix, event.key)
  if (event.bucket !== settings.bucket)
    return { event, result: ignored(`The event belongs to bucket ${event.bucket}, not to ${settings.bucket}.`) }
  if (parsed === undefined)
    return { event, result: ignored(`The key is outside ${settings.keyPrefix} and ${IMAGE_PREFIX}.`) }
  if (event.kind === 'removed') return { event, result: ignored('The object was removed: nothing to link.') }
  if (parsed.kind === 'malformed')
    return {
      event,
      result: parked(
        `The key ${JSON.stringify(event.key)} names neither a resource nor the owner of an image: move the file, or drop this message.`,
      ),
    }
  try {
    return { event, ...(await readUpload(run, event, parsed)) }
  } catch (error) {
    return { event, result: resultOfError(error) }
  }
}

async function conclude(
  run: Run,
  { event, upload, result: settled }: Look,
  results: ReadonlyMap<Upload<UploadKey>, Result>,
): Promise<Outcome> {
  try {
    const result = upload ? await finishUpload(run, upload, results.get(upload) ?? unhandled) : settled
    const outcome = outcomeOf(event, result)
    if (outcome.kind === 'parked') await parkEvent(run, event, outcome.reason)
    return outcome
  } catch (error) {
    return outcomeOf(event, { kind: 'retry', cause: error })
  }
}
