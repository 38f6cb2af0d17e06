import { UnavailableError } from '../errors.ts'
import type { Catalog, ImageOwner, ObjectStore } from '../ports/index.ts'
import { type ImageKey, imagePrefixOf, imageUrl, parseImageKey, parseImageUrl } from '../uploads/image-keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { readRecord, recordIdOf } from '../uploads/upload-record.ts'
import { type CkanState, type Decision, decideAmong } from './decide.ts'
import { inspectImage } from './inspect-image.ts'
import { resultOfInspection, resultOfRefusal } from './plan-change.ts'
import { readUpload, type UploadReader } from './read-upload.ts'
import { gone, type Result } from './result.ts'
import type { Candidate, Upload } from './upload.ts'
import { handleWithdrawn, isShownBy, isWithdrawn } from './withdrawn-upload.ts'
import { writeDelay } from './write-delay.ts'

export interface ImageLinker extends UploadReader {
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'list' | 'remove'>
  readonly catalog: Pick<Catalog, 'readImageOwner' | 'setImage'>
}

/** Images of one owner on their way, over all rounds. */
export interface ImageRun extends Pick<ImageKey, 'ownerType' | 'ownerId'> {
  readonly linker: ImageLinker
  /** By key: those that events point to, and later ones that were found in the bucket. */
  readonly uploads: Map<string, Upload<ImageKey>>
  readonly results: Map<Upload<ImageKey>, Result>
  /** What this run has tried to write. */
  readonly attempted: Set<string>
}

type ShownImage = ImageKey & { readonly version: string }

interface Round {
  readonly isSettled: boolean
  /** A write of which nobody knows whether it took effect: what CKAN shows tells. */
  readonly unknown?: UnavailableError
}

/**
 * CKAN writes an image whatever it shows by then, so two linkers can overtake one another. Whoever has written looks into the
 * bucket afterwards: as long as a later upload is there that isn't looked at yet, or the own object has changed, another round
 * is due. Of two linkers the one that writes last so sees the other's object.
 */
export async function linkImageRound(run: ImageRun): Promise<Round> {
  const { ownerType, ownerId, linker, results, attempted } = run
  // The images first, since they take longer: what a person chooses between CKAN's reading and its writing would be lost.
  const { candidates, refused } = await inspectAll(run)
  const owner = await linker.catalog.readImageOwner(ownerType, ownerId)
  if (owner === undefined)
    return settleAll(
      run,
      gone(`The ${ownerType} ${ownerId} does not exist in CKAN: it was removed, or never made.`, 'Drop this.'),
    )
  if (owner.state === 'deleted')
    return settleAll(
      run,
      gone(`The ${ownerType} ${ownerId} is deleted in CKAN.`, 'Restore it and replay, or drop this.'),
    )
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
  // Shown for a moment, by this linker or one that was cut short.
  if (shown && candidate !== shown) return { kind: 'superseded', by: shown.upload.stored.record.id }
  return { kind: 'linked', candidate, url, written, isPublic: true }
}

/** CKAN has no time for an image, but the record says when its last version was linked. */
function delayOf({ linker }: ImageRun, { upload }: Candidate<ImageKey>, { shown }: CkanState): Result | undefined {
  const { linked } = upload.stored.record
  if (linked === undefined || shown?.uploadId !== upload.parsed.uploadId) return undefined
  return writeDelay(upload, new Date(linked.at), linker.clock.now())
}

/** CKAN shows the winner's upload already, so that the others are superseded or refused. */
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

/** Throws when the store does: an image that cannot be read may be the one that CKAN has to show. */
async function inspectAll({ linker, uploads, results }: ImageRun): Promise<Looks> {
  const candidates: Candidate<ImageKey>[] = []
  const refused: [Upload<ImageKey>, Refusal][] = []
  const looks = [...uploads.values()]
    .filter((upload) => !isWithdrawn(upload))
    .map(async (upload) => {
      const inspection = await linker.limitStore(() => inspectImage(linker, upload))
      if (inspection.kind === 'valid') return candidates.push(inspection.candidate)
      const result = resultOfInspection(upload, inspection)
      if (result?.kind === 'failed') return refused.push([upload, result])
      return result && results.set(upload, result)
    })
  await Promise.all(looks)
  return { candidates, refused }
}

/** Withdrawn and refused images: their objects are removed only after CKAN has said that it does not point to them. */
async function handleUnlinkable(
  { linker, uploads, results }: ImageRun,
  { imageUrl }: ImageOwner,
  refused: Looks['refused'],
): Promise<void> {
  for (const [upload, result] of refused) {
    const { etag: _etag, ...kept } = result
    results.set(upload, isShownBy(linker, upload, imageUrl) ? kept : result)
  }
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

/** Whether a linker has written this version and not got to say so in its record: it was late, and then cut short. */
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

/** Whether the object isn't what was looked at any more, or later ones are there: these are looked at in the next round. */
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
