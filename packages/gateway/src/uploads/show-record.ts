import { type Load, NotAllowedError, NotFoundError, type Resource } from '@ckan-uplink/core'
import {
  identify,
  isResourceId,
  isTabular,
  isUploadId,
  parseLinkedUrl,
  recordIdOf,
  shownFile,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import { type KnownCaller, requireEntity } from '../http/caller.ts'
import type { ShownRecord } from './answers.ts'
import type { RecordDeps } from './records.ts'
import { shownTo } from './shown-to.ts'

/**
 * The record of an upload as its caller sees it. The state `loaded` is computed here and never stored. `expired` is
 * computed here until the reconciliation stores it.
 * Throws `NotFoundError`, and `NotAllowedError` unless the caller may update the entity of the upload. If CKAN no
 * longer has the entity, the record is for the person who requested the upload, and for sysadmins.
 */
export async function showRecord(deps: RecordDeps, caller: KnownCaller, id: string): Promise<ShownRecord> {
  const record = isRecordId(id) ? await deps.records.find(id) : undefined
  if (record === undefined) throw new NotFoundError('Upload was not found.')
  if (caller.link !== undefined) return showToLink(deps, caller, record)
  const resource = await findEntity(deps, caller, record)
  if (caller.grant && record.requested_by_id !== caller.id)
    throw new NotAllowedError('A grant shows only uploads that its user has requested.')
  if (await isUnused(deps, record)) return { ...record, state: 'expired' }
  return resource ? withLoad(record, resource, await findLoad(deps, caller, record, resource)) : record
}

/** CKAN is asked nothing: the resource may not exist yet. */
async function showToLink(deps: RecordDeps, caller: KnownCaller, record: UploadRecord): Promise<ShownRecord> {
  if (record.link !== caller.link?.id) throw new NotAllowedError('An upload link shows only uploads that began by it.')
  const shown = shownTo(caller, record)
  return (await isUnused(deps, record)) ? { ...shown, state: 'expired' } : shown
}

/** The entity if it is a resource that CKAN has. */
async function findEntity(
  { authorizer }: RecordDeps,
  caller: KnownCaller,
  record: UploadRecord,
): Promise<Resource | undefined> {
  try {
    return await requireEntity(authorizer, caller, record)
  } catch (thrown) {
    if (thrown instanceof NotFoundError && (caller.sysadmin || caller.id === record.requested_by_id)) return undefined
    throw thrown
  }
}

/** Whether the URL of this upload expired and no file arrived. */
export async function isUnused(
  { clock, records }: Pick<RecordDeps, 'clock' | 'records'>,
  { state, expires_at, key }: UploadRecord,
): Promise<boolean> {
  const isOver = expires_at !== undefined && Date.parse(expires_at) < clock.now().getTime()
  return state === 'issued' && isOver && !(await records.hasObject(key))
}

/** Whether a text can be the id of a record. Any other text would name another place in the bucket. */
export function isRecordId(id: string): boolean {
  return isUploadId(id.replace(/^image-/u, '')) || (id.startsWith('plain-') && isResourceId(id.slice('plain-'.length)))
}

/** The load of a table, as long as CKAN shows exactly this upload. */
async function findLoad(
  { authorizer, settings }: RecordDeps,
  caller: KnownCaller,
  record: UploadRecord,
  resource: Resource,
): Promise<Load | undefined> {
  const shown = parseLinkedUrl(settings, resource.url)
  const isShown =
    record.state === 'linked' &&
    shown !== undefined &&
    recordIdOf(shown) === record.id &&
    shown.version === record.linked?.version
  if (!isShown) return undefined
  const { format } = identify({
    name: shown.fileName,
    declared: record.declared,
    resource: shownFile(settings, resource),
  })
  if (!isTabular(format)) return undefined
  return authorizer.showLoad(caller.token, settings.loader ?? 'xloader', resource.id)
}

/** Skips a load from before the link: it is about another file. Both times are CKAN's own. */
function withLoad(record: UploadRecord, { lastModified }: Resource, load: Load | undefined): ShownRecord {
  if (load === undefined || load.updatedAt === null || load.updatedAt < (lastModified ?? '')) return record
  const { status, error } = load
  return {
    ...record,
    state: status === 'complete' ? 'loaded' : record.state,
    load: { status, ...(error !== undefined && { error }) },
  }
}
