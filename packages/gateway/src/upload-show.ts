import { type Load, NotFoundError, type Resource } from '@ckan-uplink/core'
import {
  fileNameOfUrl,
  isResourceId,
  isTabular,
  isUploadId,
  parseLinkedUrl,
  recordIdOf,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import type { ShownRecord } from './answer-schemas.ts'
import { type KnownCaller, requireEntity } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import type { Records } from './records.ts'

/**
 * The record of an upload, for whoever may update what it is for. One whose URL has expired unused is shown as `expired`, a table
 * that CKAN has loaded as `loaded`, without anything being written. Throws `NotFoundError`, `NotAllowedError`.
 */
export function createUploadShow(deps: GatewayDeps, records: Records) {
  const { authorizer, settings } = deps
  return async (caller: KnownCaller, id: string): Promise<ShownRecord> => {
    const record = isRecordId(id) ? await records.find(id) : undefined
    if (record === undefined) throw new NotFoundError('Upload was not found.')
    const resource = await requireEntity(authorizer, caller, record.entity)
    if (await isUnused(deps, records, record)) return { ...record, state: 'expired' }
    return resource ? withLoad(record, resource, await findLoad(record, resource, caller)) : record
  }

  /** Of a table alone, and while CKAN shows this very upload. */
  async function findLoad(record: UploadRecord, resource: Resource, caller: KnownCaller): Promise<Load | undefined> {
    const shown = parseLinkedUrl(settings, resource.url)
    const isShown =
      record.state === 'linked' &&
      shown !== undefined &&
      recordIdOf(shown) === record.id &&
      shown.version === record.linked?.version
    if (!isShown || !isTabular(fileNameOfUrl(resource.url) ?? '')) return undefined
    return authorizer.showLoad(caller.token, settings.loader ?? 'xloader', resource.id)
  }
}

/** Whether nothing came in the time that the URL of this upload had. */
export async function isUnused(
  { clock }: Pick<GatewayDeps, 'clock'>,
  records: Records,
  { state, expires_at, key }: UploadRecord,
): Promise<boolean> {
  const isOver = expires_at !== undefined && Date.parse(expires_at) < clock.now().getTime()
  return state === 'issued' && isOver && !(await records.hasObject(key))
}

/** A load from before the upload was linked says nothing of it. Both times are CKAN's own. */
function withLoad(record: UploadRecord, { lastModified }: Resource, load: Load | undefined): ShownRecord {
  if (load === undefined || load.updatedAt === null || load.updatedAt < (lastModified ?? '')) return record
  const { status, error } = load
  return {
    ...record,
    state: status === 'complete' ? 'loaded' : record.state,
    load: { status, ...(error !== undefined && { error }) },
  }
}

/** Whether an id may be a record's; all others would name another place in the bucket. */
export function isRecordId(id: string): boolean {
  return isUploadId(id.replace(/^image-/u, '')) || (id.startsWith('plain-') && isResourceId(id.slice('plain-'.length)))
}
