import { UnavailableError } from '../errors.ts'
import type { Catalog, ImageOwner, ObjectStore, PlatformScanner } from '../ports/index.ts'
import { type ImageKey, imagePrefixOf, imageUrl, parseImageKey, parseImageUrl } from '../uploads/image-keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { readRecord, recordIdOf } from '../uploads/upload-record.ts'
import { type CkanState, type Decision, decideAmong } from './decide.ts'
import { inspectImage } from './inspect-image.ts'
import { resultOfInspection, resultOfRefusal } from './plan-change.ts'
import { readUpload, type UploadReader } from './read-upload.ts'
import { gone, RESTORE_OR_DROP, type Result } from './result.ts'
import { passScanGate } from './scan-gate.ts'
import type { Candidate, Upload } from './upload.ts'
import { handleWithdrawn, isShownBy, isWithdrawn, withShown } from './withdrawn-upload.ts'
import { writeDelay } from './write-delay.ts'

export interface ImageLinker extends UploadReader {
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'put' | 'list' | 'remove'>
  readonly catalog: Pick<Catalog, 'readImageOwner' | 'setImage'>
  readonly platformScanner?: PlatformScanner | undefined
}

/** The state of linking the images of one owner, over all rounds. */
export interface ImageRun extends Pick<ImageKey, 'ownerType' | 'ownerId'> {
  readonly linker: ImageLinker
  /** By key: the uploads of the events, and later uploads that the linker found in the bucket. */
  readonly uploads: Map<string, Upload<ImageKey>>
  readonly results: Map<Upload<ImageKey>, Result>
  /** URLs that this run has tried to write. */
  readonly attempted: Set<string>
}

type ShownImage = ImageKey & { readonly version: string }

interface Round {
  readonly isSettled: boolean
  /** The error of a write that may have taken effect. The next round sees it in CKAN. */
  readonly unknown?: UnavailableError
}

/**
 * Links the images of one owner once. CKAN has no compare-and-set for images, so two linkers can overwrite each other.
 * After its write, each linker lists the bucket. It needs another round if it finds a later upload that it has not
 * inspected, or if its own object has changed. So the later of two racing linkers always sees the other's object.
 */
export async function linkImageRound(run: ImageRun): Promise<Round> {
  const { ownerType, ownerId, linker, results, attempted } = run
  // Inspects the images first, because that takes long: a person's change between the read and the write of CKAN is
  // lost.
  const { candidates, refused } = await inspectAll(run)
  const owner = await linker.catalog.readImageOwner(ownerType, ownerId)
  if (owner === undefined)
    return settleAll(
      run,
      gone(
        `The ${ownerType} ${ownerId} does not exist in CKAN: it was removed or never created.`,
        'Drop this message.',
      ),
    )
  if (owner.state === 'deleted')
    return settleAll(run, gone(`The ${ownerType} ${ownerId} is deleted in CKAN.`, RESTORE_OR_DROP))
  await handleUnlinkable(run, owner, refused)
  const present = await presentOf(run, owner, candidates)
  const decisions = decideAmong(present, candidates)
  const winner = candidates.find((candidate) => decisions.get(candidate)?.kind === 'write')
  const delay = winner && delayOf(run, winner, present)
  if (delay) return settleDelayed(run, decisions, delay)
  const url = winner ? imageUrl(linker.settings, winner.upload.parsed, winner.version) : owner.imageUrl
  const unknown = winner && (await write(run, url))
  if (unknown) return { isSettled: false, unknown }
  const shown = winner ?? candidates.find((candidate) => decisions.get(candidate)?.kind === 'unchanged')
  if (shown && (await isOvertaken(run, shown))) return { isSettled: false }
  for (const [candidate, decision] of decisions)
    results.set(candidate.upload, resultOf(candidate, decision, { shown, url, written: attempted.has(url) }))
  return { isSettled: true }
}

function resultOf(
  candidate: Candidate<ImageKey>,
  decision: Decision,
  {
    shown,
    url,
    written,
  }: { readonly shown: Candidate<ImageKey> | undefined; readonly url: string; readonly written: boolean },
): Result {
  if (decision.kind === 'superseded') return decision
  if (decision.kind === 'refused') return resultOfRefusal(candidate, decision)
  // CKAN showed this candidate for a moment: this linker wrote it, or another linker that was interrupted.
  if (shown && candidate !== shown) return { kind: 'superseded', by: shown.upload.stored.record.id }
  return { kind: 'linked', candidate, url, written, isLoadable: false }
}

/** CKAN stores no time for an image, but the record says when its last version was linked. */
function delayOf({ linker }: ImageRun, { upload }: Candidate<ImageKey>, { shown }: CkanState): Result | undefined {
  const { linked } = upload.stored.record
  if (linked === undefined || shown?.uploadId !== upload.parsed.uploadId) return undefined
  return writeDelay(upload, new Date(linked.at), linker.clock.now())
}

/** CKAN already shows the winner's upload, so the others are superseded or refused now. */
function settleDelayed(
  { results }: ImageRun,
  decisions: ReadonlyMap<Candidate<ImageKey>, Decision>,
  delay: Result,
): Round {
  for (const [candidate, decision] of decisions) {
    if (decision.kind === 'superseded') results.set(candidate.upload, decision)
    else if (decision.kind === 'refused') results.set(candidate.upload, resultOfRefusal(candidate, decision))
    else results.set(candidate.upload, delay)
  }
  return { isSettled: true }
}

function settleAll({ uploads, results }: ImageRun, result: Result): Round {
  for (const upload of uploads.values()) results.set(upload, result)
  return { isSettled: true }
}

interface Looks {
  readonly candidates: readonly Candidate<ImageKey>[]
  readonly refused: readonly (readonly [Upload<ImageKey>, Refusal])[]
}

type Refusal = Extract<Result, { kind: 'failed' }>

/** Throws when the store does, because CKAN may have to show the image that the store cannot read. */
async function inspectAll({ linker, uploads, results }: ImageRun): Promise<Looks> {
  const candidates: Candidate<ImageKey>[] = []
  const refused: [Upload<ImageKey>, Refusal][] = []
  const looks = [...uploads.values()]
    .filter((upload) => !isWithdrawn(upload))
    .map(async (upload) => {
      const inspection = await linker.limitStore(() => inspectImage(linker, upload))
      if (inspection.kind === 'valid') {
        const stopped = await linker.limitStore(() => passScanGate(linker, inspection.candidate))
        return stopped ? results.set(upload, stopped) : candidates.push(inspection.candidate)
      }
      const result = resultOfInspection(upload, inspection)
      if (result?.kind === 'failed') return refused.push([upload, result])
      return result && results.set(upload, result)
    })
  await Promise.all(looks)
  return { candidates, refused }
}

/** Handles withdrawn and refused images. Removes an object only when CKAN has answered that it does not point to it. */
async function handleUnlinkable(
  { linker, uploads, results }: ImageRun,
  { imageUrl }: ImageOwner,
  refused: Looks['refused'],
): Promise<void> {
  for (const [upload, result] of refused) {
    const { etag: _etag, ...kept } = result
    results.set(upload, isShownBy(linker, upload, imageUrl) ? kept : result)
  }
  for (const [upload, result] of results) results.set(upload, withShown(linker, upload, imageUrl, result))
  for (const upload of [...uploads.values()].filter(isWithdrawn))
    results.set(upload, await linker.limitStore(() => handleWithdrawn(linker, upload, imageUrl)))
}

async function presentOf(
  run: ImageRun,
  { imageUrl: url }: ImageOwner,
  candidates: readonly Candidate<ImageKey>[],
): Promise<CkanState> {
  const parsed = parseImageUrl(run.linker.settings, url)
  const shown = parsed?.ownerType === run.ownerType && parsed.ownerId === run.ownerId ? parsed : undefined
  const hasLost = shown !== undefined && candidates.some((candidate) => wasLinkedAfter(candidate, shown))
  return {
    url,
    lastModified: null,
    shown,
    isUnfinished: hasLost && (run.attempted.has(url) || (await isOpen(run, shown))),
  }
}

function wasLinkedAfter({ upload: { stored, parsed }, version }: Candidate<ImageKey>, shown: ShownImage): boolean {
  return stored.record.linked?.version === version && parsed.uploadId > shown.uploadId
}

/** Whether a linker has written this version to CKAN but not to the record: it was late, and was then interrupted. */
async function isOpen({ linker }: ImageRun, shown: ShownImage): Promise<boolean> {
  const stored = await linker.limitStore(() => readRecord(linker.store, recordIdOf(shown)))
  return stored !== undefined && stored.record.linked?.version !== shown.version
}

async function write(
  { linker, ownerType, ownerId, attempted }: ImageRun,
  url: string,
): Promise<UnavailableError | undefined> {
  attempted.add(url)
  try {
    await linker.catalog.setImage({ type: ownerType, id: ownerId }, url)
    return undefined
  } catch (error) {
    if (error instanceof UnavailableError) return error
    throw error
  }
}

/**
 * Whether the object has changed since its inspection, or later uploads exist. The next round inspects those as well.
 */
async function isOvertaken(run: ImageRun, { upload, version }: Candidate<ImageKey>): Promise<boolean> {
  const { linker, uploads } = run
  const prefix = imagePrefixOf(upload.parsed)
  let isLate = false
  for await (const { key, etag } of linker.store.list(prefix, { after: `${prefix}${upload.parsed.uploadId}` })) {
    if (key === upload.key) isLate ||= (await versionOf(etag)) !== version
    const found = uploads.has(key) ? undefined : await readFound(linker, key)
    if (found === undefined) continue
    uploads.set(key, found)
    isLate = true
  }
  return isLate
}

async function readFound(linker: ImageLinker, key: string): Promise<Upload<ImageKey> | undefined> {
  const parsed = parseImageKey(key)
  if (parsed?.kind !== 'image') return undefined
  const { upload } = await readUpload(linker, { bucket: linker.settings.bucket, key, kind: 'listed' }, parsed)
  return upload === undefined || isWithdrawn(upload) ? undefined : upload
}
