import { UnavailableError } from '../errors.ts'
import type { Catalog } from '../ports/index.ts'
import { readRecord, type UploadRecord, writeRecord } from '../uploads/upload-record.ts'
import { type Change, type DatasetRun, settleAll } from './dataset-run.ts'
import { parked } from './result.ts'
import type { Upload } from './upload.ts'

/** A write whose outcome is unknown: what CKAN shows tells. */
export class ReviseError extends Error {}

/** Writes the changes of one dataset at once, save those that CKAN has refused before: these one by one. What isn't settled then is for the next round. */
export async function writeChanges(run: DatasetRun, changes: readonly Change[]): Promise<void> {
  const claimed = await Promise.all(changes.map((change) => claim(run, change)))
  const own = changes.filter((_, index) => claimed[index])
  const together = own.filter(({ resource }) => !run.alone.has(resource.id))
  const alone = own.filter(({ resource }) => run.alone.has(resource.id))
  for (const batch of [together, ...alone.map((change) => [change])]) if (batch.length > 0) await writeBatch(run, batch)
}

/**
 * Nobody asked for a plain key, so what it may replace is noted before it replaces it: a crash between CKAN's write and
 * the record's would else let a second delivery undo what a person did in between. `false`: look again.
 */
async function claim({ linker }: DatasetRun, { winner: { upload, version }, resource }: Change): Promise<boolean> {
  const { record, etag } = upload.stored
  if (upload.parsed.uploadId !== undefined || record.claimed === version) return true
  const { code: _code, reason: _reason, ...rest } = record
  const claimed: UploadRecord = {
    ...rest,
    state: 'issued',
    claimed: version,
    previous_url: resource.url,
    previous_last_modified: resource.lastModified,
  }
  await linker.limitStore(() => writeRecord(linker.store, { record: claimed, etag }))
  upload.stored = (await linker.limitStore(() => readRecord(linker.store, record.id))) ?? upload.stored
  // Somebody else may have been first, at another state of CKAN.
  const { claimed: version_, previous_url, previous_last_modified } = upload.stored.record
  return version_ === version && previous_url === resource.url && previous_last_modified === resource.lastModified
}

async function writeBatch(run: DatasetRun, changes: readonly Change[]): Promise<void> {
  for (const { fields } of changes) run.attempted.add(fields.url)
  const revision = await revise(run, changes)
  if (revision.kind === 'written') return finish(run, changes)
  if (revision.kind === 'conflict') return
  const [change] = changes
  if (changes.length === 1 && change) return settleAll(run, uploadsOf(change), parked(revision.message))
  // Only what CKAN refuses by itself is parked; the rest of the dataset goes through.
  const named = changes.filter(({ resource }) => revision.resourceIds.includes(resource.id))
  if (named.length === 0) for (const refused of changes) settleAll(run, uploadsOf(refused), parked(revision.message))
  for (const { resource } of named) run.alone.add(resource.id)
}

async function revise(run: DatasetRun, changes: readonly Change[]): ReturnType<Catalog['revise']> {
  try {
    return await run.linker.catalog.revise(run.datasetId, changes)
  } catch (error) {
    if (error instanceof UnavailableError) throw new ReviseError(error.message, { cause: error })
    throw error
  }
}

function finish(run: DatasetRun, changes: readonly Change[]): void {
  for (const { winner, isPublic, fields, losers } of changes) {
    run.results.set(winner.upload, { kind: 'linked', candidate: winner, url: fields.url, written: true, isPublic })
    for (const [upload, result] of losers) run.results.set(upload, result)
  }
}

function uploadsOf({ winner, losers }: Change): Upload[] {
  return [winner.upload, ...losers.map(([upload]) => upload)]
}
