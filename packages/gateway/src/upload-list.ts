import { messageOf } from '@ckan-uplink/core'
import { inBatches } from '@ckan-uplink/core/support'
import type { ShownRecord, UploadPage } from './answer-schemas.ts'
import { type KnownCaller, requireSysadmin } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import type { Fields } from './fields.ts'
import type { Records } from './records.ts'
import { type UploadList, uploadList } from './request-schemas.ts'
import { isUnused } from './upload-show.ts'
import { validate } from './validate.ts'

/** So many records are read for one page, wanted or not: a call stays within what every cloud allows. */
const MOST_READ = 1000
const LIMIT = 100

/** `upload_list`: upload records for an operator, in the order of their ids, page by page. Throws `NotAllowedError` for whoever is no sysadmin. */
export function createUploadList(deps: GatewayDeps, records: Records) {
  const { settings, logger } = deps
  return async (caller: KnownCaller, fields: Fields): Promise<UploadPage> => {
    requireSysadmin(caller)
    const wanted = validate(uploadList, fields)
    const uploads: ShownRecord[] = []
    let read = 0
    for await (const { id, record } of shown(wanted.after)) {
      if (record && isWanted(record, wanted)) uploads.push(record)
      read += 1
      if (uploads.length === (wanted.limit ?? LIMIT) || read === MOST_READ) return { uploads, next: id }
    }
    return { uploads, next: null }
  }

  async function* shown(
    after: string | undefined,
  ): AsyncGenerator<{ readonly id: string; readonly record: ShownRecord | undefined }> {
    for await (const ids of inBatches(records.ids(after), settings.storeConcurrency)) {
      yield* await Promise.all(ids.map(async (id) => ({ id, record: await show(id) })))
    }
  }

  /** One that can't be read hides no other. */
  async function show(id: string): Promise<ShownRecord | undefined> {
    try {
      const record = await records.find(id)
      return record && (await isUnused(deps, records, record)) ? { ...record, state: 'expired' } : record
    } catch (thrown) {
      logger.log('warn', 'record_unreadable', { upload: id, reason: messageOf(thrown) })
      return undefined
    }
  }
}

function isWanted(record: ShownRecord, { entity, state }: UploadList): boolean {
  return (entity === undefined || record.entity.id === entity) && (state === undefined || record.state === state)
}
