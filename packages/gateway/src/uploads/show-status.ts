import { NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import { createLimiter } from '@ckan-uplink/core/support'
import { UPLOAD_STATES, type UploadRecord } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { text } from '../actions/fields.ts'
import { named } from '../http/named.ts'
import { time } from './answers.ts'
import type { RecordDeps } from './records.ts'
import { isRecordId, isUnused } from './show-record.ts'
import { hasStatusKey } from './status-keys.ts'

const MAX_UPLOADS = 1000
/** Each unknown upload costs a read of the store, for strangers too. Clients ask only for uploads that exist. */
const MAX_UNKNOWN = 20
const UPLOADS = `Must be a list of 1 to ${MAX_UPLOADS} uploads`
const UNKNOWN = 'No upload has this id and this status key.'

/** The state of an upload for the holder of its status key. It has no name and no URL. */
export const uploadStatus = named(
  'UploadStatus',
  v.strictObject({
    id: v.string(),
    state: v.pipe(
      v.picklist(UPLOAD_STATES),
      v.description('`expired` includes uploads whose URL has expired and whose file has not arrived.'),
    ),
    code: v.optional(v.string()),
    reason: v.optional(v.string()),
    size: v.optional(v.pipe(v.number(), v.description('The bytes of the linked file, else the declared size.'))),
    requested_at: v.optional(time),
    expires_at: v.optional(time),
    linked_at: v.optional(time),
    withdrawn_at: v.optional(time),
  }),
)
type UploadStatus = v.InferOutput<typeof uploadStatus>

const unknownUpload = v.strictObject({
  id: v.string(),
  error: v.pipe(v.string(), v.description('The same for an unknown upload and for a wrong key.')),
})

/** The body of `POST /uploads/status`. */
export const statusRequest = named(
  'UploadStatuses',
  v.object({
    uploads: v.pipe(
      v.array(v.object({ id: text(120), key: text(120) }, UPLOADS), UPLOADS),
      v.minLength(1, UPLOADS),
      v.maxLength(MAX_UPLOADS, UPLOADS),
    ),
  }),
)
type Wanted = v.InferOutput<typeof statusRequest>['uploads'][number]

export const statusAnswer = named(
  'UploadStatusesAnswer',
  v.strictObject({
    uploads: v.pipe(v.array(v.union([uploadStatus, unknownUpload])), v.description('In the order of the request.')),
  }),
)
type StatusAnswer = v.InferOutput<typeof statusAnswer>

/** Reads the state from the record alone. Throws `NotFoundError` for an unknown upload and for a wrong key. */
export async function showStatus(deps: RecordDeps, wanted: Wanted): Promise<UploadStatus> {
  const status = await findStatus(deps, wanted)
  if (status === undefined) throw new NotFoundError(UNKNOWN)
  return status
}

/** The states of many uploads in order. Throws 403 when too many of them are unknown. */
export async function showStatuses(deps: RecordDeps, uploads: readonly Wanted[]): Promise<StatusAnswer> {
  const limit = createLimiter(deps.settings.storeConcurrency)
  let unknown = 0
  async function show(wanted: Wanted): Promise<StatusAnswer['uploads'][number]> {
    if (unknown > MAX_UNKNOWN)
      throw new NotAllowedError(`More than ${MAX_UNKNOWN} of these uploads or keys are unknown.`)
    const status = await findStatus(deps, wanted)
    if (status !== undefined) return status
    unknown += 1
    return { id: wanted.id, error: UNKNOWN }
  }
  return { uploads: await Promise.all(uploads.map((wanted) => limit(() => show(wanted)))) }
}

async function findStatus(deps: RecordDeps, { id, key }: Wanted): Promise<UploadStatus | undefined> {
  const record = isRecordId(id) ? await deps.records.find(id) : undefined
  if (!(await hasStatusKey(record, key)) || record === undefined) return undefined
  return statusOf({ ...record, ...((await isUnused(deps, record)) && { state: 'expired' }) })
}

function statusOf({ id, state, code, reason, linked, declared, withdrawn, ...record }: UploadRecord): UploadStatus {
  const { requested_at, expires_at } = record
  const size = linked?.size ?? declared.size
  return {
    id,
    state,
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
    ...(size !== undefined && { size }),
    ...(requested_at !== undefined && { requested_at }),
    ...(expires_at !== undefined && { expires_at }),
    ...(linked !== undefined && { linked_at: linked.at }),
    ...(withdrawn !== undefined && { withdrawn_at: withdrawn.at }),
  }
}
