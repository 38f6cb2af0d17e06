import { UnavailableError, UplinkError } from '../errors.ts'
import type { Limiter } from '../limiter.ts'
import type { Catalog, Dataset, ObjectStore, Resource, ResourceChange } from '../ports.ts'
import type { Settings } from '../settings.ts'
import { readRecord, type UploadRecord, writeRecord } from '../upload-record.ts'
import { decide, type Verdict } from './decide.ts'
import { fieldsFor, fileNameFor } from './fields.ts'
import { type Inspector, inspect } from './inspect.ts'
import { type Result, resourceIsGone, resultOfError } from './result.ts'
import type { Candidate, Inspection, Upload } from './upload.ts'

/** After so many lost races the messages wait: somebody else is busy with this dataset. */
const ROUNDS = 5

export interface DatasetLinker extends Inspector {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'head' | 'sha256' | 'get' | 'put'>
  readonly catalog: Pick<Catalog, 'readDataset' | 'findDataset' | 'revise'>
  readonly limitStore: Limiter
}

/**
 * Links the uploads of one dataset: one read of the dataset, one look at each object, one write, and all of it again
 * when the race was lost. Gives a result for every upload; throws nothing.
 */
export async function linkDataset(linker: DatasetLinker, datasetId: string, uploads: readonly Upload[], moves = 1): Promise<ReadonlyMap<Upload, Result>> {
  const run: Run = { linker, datasetId, moves, results: new Map(), attempted: new Set(), alone: new Set() }
  let cause: unknown = new UnavailableError(`Dataset ${datasetId} was changed by others ${ROUNDS} times while its uploads were linked.`)
  for (let round = 0; round < ROUNDS; round += 1) {
    const open = uploads.filter((upload) => !run.results.has(upload))
    if (open.length === 0) return run.results
    try {
      await linkRound(run, open)
    } catch (error) {
      cause = error
      if (!(error instanceof ReviseError)) break
    }
  }
  for (const upload of uploads) if (!run.results.has(upload)) run.results.set(upload, resultOfError(cause instanceof ReviseError ? cause.cause : cause))
  return run.results
}

interface Run {
  readonly linker: DatasetLinker
  readonly datasetId: string
  /** How often a resource may yet turn out to be in another dataset. */
  readonly moves: number
  readonly results: Map<Upload, Result>
  /** What this run has tried to write: shown by CKAN after all, it is linked and not merely unchanged. */
  readonly attempted: Set<string>
  /** Resources that CKAN refused among others: written by themselves from now on. */
  readonly alone: Set<string>
}

/** A write whose outcome is unknown: what CKAN shows tells. */
class ReviseError extends Error {}

async function linkRound(run: Run, uploads: readonly Upload[]): Promise<void> {
  const dataset = await run.linker.catalog.readDataset(run.datasetId)
  const resources = new Map(dataset?.resources.map((resource) => [resource.id, resource]))
  await linkElsewhere(
    run,
    uploads.filter((upload) => !resources.has(upload.parsed.resourceId)),
  )
  if (dataset === undefined) return
  const open = uploads.filter((upload) => !run.results.has(upload))
  if (dataset.state === 'deleted') return parkAll(run, open, `Dataset ${run.datasetId} is deleted in CKAN: restore it and replay, or drop this.`)
  const here = Map.groupBy(open, (upload) => resources.get(upload.parsed.resourceId))
  const found = await Promise.all([...here].map(([resource, group]) => resource && changeFor(run, { dataset, resource }, group)))
  const changes = found.filter((change) => change !== undefined)
  const claimed = await Promise.all(changes.map((change) => claim(run, change)))
  await write(
    run,
    changes.filter((_, index) => claimed[index]),
  )
}

/** A resource that isn't in the dataset any more: in another one, or gone. */
async function linkElsewhere(run: Run, uploads: readonly Upload[]): Promise<void> {
  for (const [resourceId, group] of Map.groupBy(uploads, (upload) => upload.parsed.resourceId)) {
    const datasetId = await run.linker.catalog.findDataset(resourceId)
    if (datasetId === undefined) parkAll(run, group, resourceIsGone(resourceId))
    // One that is said to have moved again is looked for in the next round.
    else if (datasetId !== run.datasetId && run.moves > 0) {
      for (const [upload, result] of await linkDataset(run.linker, datasetId, group, run.moves - 1)) run.results.set(upload, result)
    }
  }
}

function parkAll(run: Run, uploads: readonly Upload[], reason: string): void {
  for (const upload of uploads) run.results.set(upload, { kind: 'parked', reason })
}

interface Change extends ResourceChange {
  readonly winner: Candidate
  readonly losers: readonly (readonly [Upload, Result])[]
}

async function changeFor(run: Run, at: { readonly dataset: Dataset; readonly resource: Resource }, uploads: readonly Upload[]): Promise<Change | undefined> {
  const { settings } = run.linker
  const { resource } = at
  const candidates = await inspectAll(run, resource, uploads)
  const verdicts = decide(settings, resource, candidates)
  const winner = candidates.find((candidate) => verdicts.get(candidate)?.kind === 'write')
  const losers: [Upload, Result][] = []
  for (const [candidate, verdict] of verdicts) {
    const result = resultOf(run, resource, candidate, verdict)
    // What is superseded by the winner is so only once the winner is written.
    if (result && winner && verdict.kind === 'superseded') losers.push([candidate.upload, result])
    else if (result) run.results.set(candidate.upload, result)
  }
  return winner && { resource, winner, losers, fields: fieldsFor(settings, resource, winner, at.dataset.readAt) }
}

/** The valid ones; what became of the others is noted. One that can't be read holds up nobody but itself. */
async function inspectAll(run: Run, resource: Resource, uploads: readonly Upload[]): Promise<readonly Candidate[]> {
  const look = (upload: Upload): Promise<Inspection> => run.linker.limitStore(() => inspect(run.linker, upload, fileNameFor(upload, resource)))
  const looks = uploads.map(async (upload) => {
    const inspection = await look(upload).catch((error: unknown) => resultOfError(error))
    if (inspection.kind === 'valid') return [inspection.candidate]
    const result = resultOfInspection(upload, inspection)
    if (result) run.results.set(upload, result)
    return []
  })
  return (await Promise.all(looks)).flat()
}

function resultOf(run: Run, resource: Resource, candidate: Candidate, verdict: Verdict): Result | undefined {
  switch (verdict.kind) {
    case 'write':
      return undefined
    case 'unchanged':
      return { kind: 'linked', candidate, url: resource.url, written: run.attempted.has(resource.url) }
    case 'superseded':
      return verdict
    case 'refused':
      return candidate.upload.stored.etag !== undefined
        ? { kind: 'failed', code: 'changed_in_ckan', reason: verdict.reason }
        : { kind: 'ignored', reason: verdict.reason }
  }
}

/** `undefined`: to be looked at again in the next round. */
function resultOfInspection(upload: Upload, inspection: Exclude<Inspection, { kind: 'valid' }> | Result): Result | undefined {
  switch (inspection.kind) {
    case 'absent':
      return absent(upload)
    case 'changing':
      return undefined
    case 'invalid':
      return { kind: 'failed', code: inspection.code, reason: inspection.reason }
    default:
      return inspection
  }
}

/** A mistake in decoding a key must not be silent: an announced object that isn't there is looked for again, then parked. */
function absent({ key, stored, attempt }: Upload): Result {
  if (stored.etag === undefined || stored.record.state !== 'issued') return { kind: 'ignored', reason: 'The object is gone.' }
  const message = `The bucket has no object ${JSON.stringify(key)}, though it was announced and reported as created.`
  return attempt > 2
    ? { kind: 'parked', reason: `${message} Upload it again, or drop this.` }
    : { kind: 'retry', cause: new UplinkError('store', message, true) }
}

/**
 * Nobody asked for a plain key, so what it may replace is noted before it replaces it: a crash between CKAN's write and
 * the record's would else let a second delivery undo what a person did in between. `false`: look again.
 */
async function claim({ linker }: Run, { winner: { upload, version }, resource }: Change): Promise<boolean> {
  const { record, etag } = upload.stored
  if (upload.parsed.uploadId !== undefined || record.claimed === version) return true
  const { code: _code, reason: _reason, ...rest } = record
  const claimed: UploadRecord = { ...rest, state: 'issued', claimed: version, previous_url: resource.url, previous_last_modified: resource.lastModified }
  await linker.limitStore(() => writeRecord(linker.store, { record: claimed, etag }))
  upload.stored = (await linker.limitStore(() => readRecord(linker.store, record.id))) ?? upload.stored
  // Somebody else may have been first, at another state of CKAN.
  const { claimed: version_, previous_url, previous_last_modified } = upload.stored.record
  return version_ === version && previous_url === resource.url && previous_last_modified === resource.lastModified
}

async function write(run: Run, changes: readonly Change[]): Promise<void> {
  const together = changes.filter(({ resource }) => !run.alone.has(resource.id))
  const alone = changes.filter(({ resource }) => run.alone.has(resource.id))
  for (const batch of [together, ...alone.map((change) => [change])]) if (batch.length > 0) await writeBatch(run, batch)
}

async function writeBatch(run: Run, changes: readonly Change[]): Promise<void> {
  for (const { fields } of changes) run.attempted.add(fields.url)
  const revision = await revise(run, changes)
  if (revision.kind === 'written') return finish(run, changes)
  if (revision.kind === 'conflict') return
  const [change] = changes
  if (changes.length === 1 && change) return parkAll(run, uploadsOf(change), revision.message)
  // Only what CKAN refuses by itself is parked; the rest of the dataset goes through.
  const named = changes.filter(({ resource }) => revision.resourceIds.includes(resource.id))
  if (named.length === 0) for (const refused of changes) parkAll(run, uploadsOf(refused), revision.message)
  for (const { resource } of named) run.alone.add(resource.id)
}

async function revise(run: Run, changes: readonly Change[]): ReturnType<Catalog['revise']> {
  try {
    return await run.linker.catalog.revise(run.datasetId, changes)
  } catch (error) {
    if (error instanceof UnavailableError) throw new ReviseError(error.message, { cause: error })
    throw error
  }
}

function finish(run: Run, changes: readonly Change[]): void {
  for (const { winner, fields, losers } of changes) {
    run.results.set(winner.upload, { kind: 'linked', candidate: winner, url: fields.url, written: true })
    for (const [upload, result] of losers) run.results.set(upload, result)
  }
}

function uploadsOf({ winner, losers }: Change): Upload[] {
  return [winner.upload, ...losers.map(([upload]) => upload)]
}
