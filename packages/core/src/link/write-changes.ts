import { UnavailableError } from '../errors.ts'
import type { Catalog } from '../ports/index.ts'
import { readRecord, type UploadRecord, writeRecord } from '../uploads/upload-record.ts'
import { type Change, type DatasetRun, settleAll } from './dataset-run.ts'
import { shownIn } from './decide.ts'
import { needsViewsAfter } from './default-views.ts'
import { parked } from './result.ts'
import type { Upload } from './upload.ts'

/** A write that may have taken effect. The next round sees it in CKAN. */
export class ReviseError extends Error {}

/**
 * Writes the changes of one dataset together, but writes each change separately that CKAN refused before. The next
 * round handles uploads that still have no result.
 */
export async function writeChanges(run: DatasetRun, changes: readonly Change[]): Promise<void> {
  const claimed = await Promise.all(changes.map((change) => claim(run, change)))
  const own = changes.filter((_, index) => claimed[index])
  const together = own.filter(({ resource }) => !run.alone.has(resource.id))
  const alone = own.filter(({ resource }) => run.alone.has(resource.id))
  for (const batch of [together, ...alone.map((change) => [change])]) if (batch.length > 0) await writeBatch(run, batch)
}

/**
 * Notes in the record of a plain key which URL it may replace, before the write to CKAN. No request for an upload did
 * so. Otherwise, after a crash between the write to CKAN and the write of the record, a second delivery could undo a
 * person's change. `false` when the next round has to look again.
 *
 * All objects at a plain key share the record. So the object is read again after the claim: the message of an object
 * that was put before the claim may have been handled by the earlier record.
 */
async function claim({ linker }: DatasetRun, { winner, resource }: Change): Promise<boolean> {
  const { upload, version } = winner
  const { record, etag } = upload.stored
  if (upload.parsed.uploadId !== undefined || record.claimed === version) return true
  const { code: _code, reason: _reason, ...rest } = record
  const claimed: UploadRecord = {
    ...rest,
    ...linkedBefore(linker, record, resource),
    state: 'issued',
    claimed: version,
    previous_url: resource.url,
    previous_last_modified: resource.lastModified,
  }
  await linker.limitStore(() => writeRecord(linker.store, { record: claimed, etag }))
  upload.stored = (await linker.limitStore(() => readRecord(linker.store, record.id))) ?? upload.stored
  // Another linker may have been first, at another state of CKAN.
  const { claimed: version_, previous_url, previous_last_modified } = upload.stored.record
  if (version_ !== version || previous_url !== resource.url || previous_last_modified !== resource.lastModified)
    return false
  return (await linker.limitStore(() => linker.store.head(upload.key)))?.etag === winner.object.etag
}

/**
 * The version of a plain key that CKAN shows, when its linker ended before it wrote the record. The claim of a later
 * version would forget it, and then a person's change could not be told from a file that is still to be linked.
 */
function linkedBefore(
  { settings, clock }: DatasetRun['linker'],
  { claimed, linked }: UploadRecord,
  resource: Change['resource'],
): Pick<UploadRecord, 'linked'> {
  const shown = shownIn(settings, resource)
  if (shown === undefined || shown.uploadId !== undefined || shown.version !== claimed) return {}
  if (linked?.version === claimed) return {}
  return { linked: { version: claimed, size: resource.size ?? 0, at: clock.now().toISOString() } }
}

async function writeBatch(run: DatasetRun, changes: readonly Change[]): Promise<void> {
  for (const { fields } of changes) run.attempted.add(fields.url)
  const revision = await revise(run, changes)
  if (revision.kind === 'written') return finish(run, changes)
  if (revision.kind === 'conflict') return
  const [change] = changes
  if (changes.length === 1 && change) return settleAll(run, uploadsOf(change), parked(revision.message))
  // Parks only the changes that CKAN names; the other changes of the dataset are written in the next round.
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
  for (const { resource, winner, isLoadable, fields, losers } of changes) {
    const { url, mimetype } = fields
    const views = needsViewsAfter(run.linker.settings, resource, fields)
    const result = { kind: 'linked', candidate: winner, url, mimetype, written: true, isLoadable, ...views } as const
    run.results.set(winner.upload, result)
    for (const [upload, result] of losers) run.results.set(upload, result)
  }
}

function uploadsOf({ winner, losers }: Change): Upload[] {
  return [winner.upload, ...losers.map(([upload]) => upload)]
}
