import type { Resource } from '@ckan-uplink/core'
import type { SentRequest, UploadRecord } from '@ckan-uplink/core/uploads'
import type { ActionContext } from '../actions/define-action.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import type { Upload } from './answers.ts'
import type { BatchFile } from './batch-file.ts'
import { answerInParts, beginInParts } from './begin-parts.ts'
import { declaredIn, isDeclared } from './file-checks.ts'
import { createOnlyFor, shownUploadId } from './new-uploads.ts'
import { deriveStatusKey, type StatusKey } from './status-keys.ts'

/** The uploads of one request of many files. */
export interface Batch {
  readonly caller: KnownCaller
  readonly ownerOrg: string | undefined
  /** The time of the first attempt, and the secret of the status keys. */
  readonly sent: Pick<SentRequest, 'at' | 'secret'>
  readonly isRepeated: boolean
  readonly together: NonNullable<UploadRecord['together']>
}

/**
 * The upload of a file. A repeated request gets the upload of the first attempt. Throws `RefusedError` if that one has
 * ended.
 */
export async function openUpload(
  context: ActionContext,
  batch: Batch,
  file: BatchFile,
  resource: Resource,
): Promise<Upload> {
  const found = batch.isRepeated ? await findUpload(context, batch.sent.at, file, resource) : undefined
  const record = found ?? (await context.records.announceOnce(await draft(context, batch, file, resource)))
  checkOpen(context, record, resource)
  if (found === undefined)
    context.logger.log('info', 'upload_issued', {
      upload: record.id,
      resource: resource.id,
      by: batch.caller.name,
      name: file.promised.name,
    })
  return toUpload(context, record, await statusKeyOf(batch, record.id))
}

/** The resource that an earlier attempt has an upload of this file for. */
export async function resourceBefore(
  { records }: ActionContext,
  at: number,
  { ids }: BatchFile,
): Promise<string | undefined> {
  return (await records.find(ids.uploadId(at)))?.entity.id
}

/** The upload got a later id if CKAN showed a greater one than the first attempt's time allows. */
async function findUpload(
  { settings, records }: ActionContext,
  at: number,
  { ids }: BatchFile,
  resource: Resource,
): Promise<UploadRecord | undefined> {
  const [first, later] = [ids.uploadId(at), ids.uploadId(at, shownUploadId(settings, resource))]
  return (await records.find(first)) ?? (later === first ? undefined : await records.find(later))
}

async function draft(
  context: ActionContext,
  batch: Batch,
  { ids, promised, plan }: BatchFile,
  resource: Resource,
): Promise<UploadRecord> {
  const { settings, uploads } = context
  const { caller, ownerOrg, sent, together } = batch
  const uploadId = ids.uploadId(sent.at, shownUploadId(settings, resource))
  const intent = {
    resource: { ...resource, ownerOrg },
    requestedBy: caller,
    declared: declaredIn(promised),
    expiresInSeconds: settings.urlExpiresInSeconds,
    uploadId,
    statusKeyHash: (await statusKeyOf(batch, uploadId))?.hash,
    replaces: promised.replaces,
  }
  const record = await (plan ? beginInParts(context, uploads, intent, plan) : uploads.draft(intent))
  return { ...record, ...(together.files > 1 && { together }) }
}

function checkOpen({ clock }: ActionContext, { state, expires_at = '', entity }: UploadRecord, { id }: Resource): void {
  const again = 'send the file with a new request'
  if (entity.id !== id) throw refusal({ name: [`Another resource has this name now: ${again}`] })
  if (state === 'aborted' || state === 'withdrawn') throw refusal({ request: [`The upload is ${state}: ${again}`] })
  if (Date.parse(expires_at) <= clock.now().getTime()) throw refusal({ request: [`The upload has expired: ${again}`] })
}

/** `undefined` for a request whose first attempt an older gateway noted. */
async function statusKeyOf({ sent: { secret } }: Batch, uploadId: string): Promise<StatusKey | undefined> {
  return secret === undefined ? undefined : deriveStatusKey(secret, uploadId)
}

async function toUpload(
  { uploads }: ActionContext,
  record: UploadRecord,
  status: StatusKey | undefined,
): Promise<Upload> {
  const statusKey = status?.hash === record.status_key_hash ? status?.key : undefined
  const { multipart: parts, declared } = record
  if (parts !== undefined)
    return answerInParts(record, { partSize: parts.part_size, partCount: parts.part_count }, statusKey).upload
  return (await uploads.sign(record, { createOnly: createOnlyFor(isDeclared(declared)), statusKey })).upload
}
