import { isResourceId, isUploadId, NotFoundError, type UploadRecord } from '@ckan-uplink/core'
import { requireCaller, requireEntity } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import type { Records } from './records.ts'

/**
 * The record of an upload, for whoever may update what it is for. One whose URL has expired unused is shown as `expired`,
 * without anything being written. Throws `NotFoundError`, `NotAllowedError`.
 */
export function createUploadShow({ authorizer, clock }: GatewayDeps, records: Records) {
  return async (headers: Headers, idOf: () => string): Promise<UploadRecord> => {
    const caller = await requireCaller(authorizer, headers)
    const id = idOf()
    const record = isRecordId(id) ? await records.find(id) : undefined
    if (record === undefined) throw new NotFoundError('Upload was not found.')
    await requireEntity(authorizer, caller, record.entity)
    return (await isUnused(record)) ? { ...record, state: 'expired' } : record
  }

  async function isUnused({ state, expires_at, key }: UploadRecord): Promise<boolean> {
    const isOver = expires_at !== undefined && Date.parse(expires_at) < clock.now().getTime()
    return state === 'issued' && isOver && !(await records.hasObject(key))
  }
}

function isRecordId(id: string): boolean {
  return isUploadId(id.replace(/^image-/u, '')) || (id.startsWith('plain-') && isResourceId(id.slice('plain-'.length)))
}
