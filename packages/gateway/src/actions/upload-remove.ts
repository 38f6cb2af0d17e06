import { NotFoundError, type RefusedError } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import { mentionOf, type StoredRecord, type UploadKey, type UploadRecord, uploadKeyOf } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { type KnownCaller, requireEntity, requireResource } from '../http/caller.ts'
import { named } from '../http/named.ts'
import { refusal } from '../http/validate.ts'
import { uploadRecord } from '../uploads/answers.ts'
import { pointsTo } from '../uploads/points-to.ts'
import { isRecordId } from '../uploads/show-record.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleRecord, UPLOAD } from './examples.ts'
import { filledText, uploadId } from './fields.ts'

const request = v.object({
  id: uploadId,
  reason: v.pipe(filledText(1000), v.description('Why the caller withdraws the file. The record keeps it.')),
})

const uploadRemoved = named(
  'UploadRemoved',
  v.strictObject({
    upload: uploadRecord,
    bytes: v.pipe(v.string(), v.description('When and how the stored file is removed, as a sentence.')),
  }),
)

/** A file that a caller withdraws, and the entity of its upload. */
interface Target {
  readonly caller: KnownCaller
  readonly entity: UploadRecord['entity']
  readonly upload: UploadKey
}

/**
 * Changes the record first, so that no linker links the file from then on. Then it reads CKAN again. If CKAN shows the
 * file by now, it restores the record. The reconciliation, which reads all of CKAN, removes the file.
 */
export const uploadRemove = defineAction({
  name: 'upload_remove',
  summary: 'Withdraws a file that CKAN no longer shows, for sysadmins and for callers who may update its entity',
  description:
    'A withdrawal is final. From then on the linker does not link the file, the gateway does not serve it, and its URL answers 410. The answer is 409 while CKAN shows the file, or while a dataset that the caller can see has a copy of its URL: change that URL first. The next reconciliation removes the stored file. A second call changes nothing. A file that no resource links to can be withdrawn until CKAN has it.',
  request,
  answer: uploadRemoved,
  answerDescription: 'The record.',
  example: {
    request: { id: UPLOAD, reason: 'It holds names of persons.' },
    result: {
      upload: {
        ...exampleRecord,
        state: 'withdrawn',
        withdrawn: { at: '2026-02-03T09:00:00.000Z', by: 'jane', reason: 'It holds names of persons.' },
      },
      bytes: 'The next reconciliation removes them: each night, or when an operator starts one.',
    },
  },
  errors: [404],
  async run(context, caller, { id, reason }) {
    const stored = isRecordId(id) ? await context.records.read(id) : undefined
    if (stored === undefined) throw new NotFoundError('Upload was not found.')
    const { record } = stored
    const target = { caller, entity: record.entity, upload: removableUpload(context.settings, record) }
    if (!caller.sysadmin) await requireEntity(context.authorizer, caller, record)
    await requireUnused(context, target)
    await requireNoCopy(context, target)
    const withdrawn = record.state === 'withdrawn' ? record : await withdraw(context, stored, target, reason)
    await Promise.all([endParts(context, withdrawn), context.records.markWithdrawn(withdrawn)])
    // Also after a repeated request, since the first one may have ended before this.
    await context.publishEvent?.(withdrawn)
    return { upload: withdrawn, bytes: await describeBytes(context, withdrawn) }
  },
})

function removableUpload({ keyPrefix }: Settings, { key, entity, file }: UploadRecord): UploadKey {
  if (entity.type === 'file' && file !== undefined)
    throw refusal({ id: ['No resource links to this file, which is a file of CKAN: delete it by files_file_delete'] })
  const upload = uploadKeyOf(keyPrefix, key)
  if (upload?.uploadId === undefined)
    throw refusal({ id: ['A file at a plain key does not belong to a single upload: put another file there instead'] })
  return upload
}

async function withdraw(
  context: ActionContext,
  stored: StoredRecord,
  target: Target,
  reason: string,
): Promise<UploadRecord> {
  const { records, clock, logger } = context
  const { record } = stored
  const withdrawal = { at: clock.now().toISOString(), by: target.caller.name, reason }
  const withdrawn = { ...record, state: 'withdrawn', withdrawn: withdrawal } as const
  if (!(await records.replace(stored, withdrawn)))
    throw refusal({ id: ['The linker is working on this upload: try again in a moment'] })
  try {
    await requireUnused(context, target)
  } catch (thrown) {
    await restore(context, record)
    throw thrown
  }
  logger.log('info', 'upload_withdrawn', { upload: record.id, [record.entity.type]: record.entity.id, ...withdrawal })
  return withdrawn
}

/**
 * Safe, since no linker changes a withdrawn record, and the reconciliation changes it only after it has removed the
 * file.
 */
async function restore({ records }: ActionContext, record: UploadRecord): Promise<void> {
  const present = await records.read(record.id)
  if (present !== undefined) await records.replace(present, record)
}

/**
 * An upload in parts is closed with its parts. An upload in one request stays open, since its URL still accepts a file.
 */
async function endParts({ multipart, records }: ActionContext, record: UploadRecord): Promise<void> {
  const { key, multipart: parts } = record
  if (parts === undefined) return
  await multipart.abort({ key, id: parts.id })
  await records.close(record)
}

async function requireUnused(context: ActionContext, target: Target): Promise<void> {
  const { entity } = target
  if (pointsTo(context.settings, await readUrl(context, target), target.upload))
    throw stillShown(`The ${entity.type} ${entity.id} shows`)
}

async function requireNoCopy({ authorizer, settings }: ActionContext, { caller, entity, upload }: Target) {
  const found = await authorizer.findResources(caller.token, mentionOf(upload))
  const copy = found.find(({ id, url }) => id !== entity.id && pointsTo(settings, url, upload))
  if (copy) throw stillShown(`The resource ${copy.id} of the dataset ${copy.datasetId} points to`)
}

/**
 * The URL that CKAN shows for the entity. For a sysadmin, an entity that is gone shows none, so that its files can be
 * removed.
 */
async function readUrl({ authorizer }: ActionContext, { caller, entity }: Target): Promise<string> {
  const { token, sysadmin } = caller
  const { type, id } = entity
  try {
    if (type === 'resource') return (await requireResource(authorizer, id, token)).url
    return type === 'file' ? '' : (await authorizer.showImageOwner(type, id, token)).imageUrl
  } catch (thrown) {
    if (sysadmin && thrown instanceof NotFoundError) return ''
    throw thrown
  }
}

async function describeBytes({ records }: ActionContext, { key, withdrawn }: UploadRecord): Promise<string> {
  if (withdrawn?.kept_until !== undefined)
    return `They were removed at ${withdrawn.removed_at}; the store keeps a copy until ${withdrawn.kept_until}.`
  if (withdrawn?.removed_at !== undefined) return `They were removed at ${withdrawn.removed_at}.`
  return (await records.hasObject(key))
    ? 'The next reconciliation removes them: each night, or when an operator starts one.'
    : 'There is no file now. The linker removes any file that the upload URL still accepts. The next reconciliation removes earlier versions.'
}

function stillShown(subject: string): RefusedError {
  return refusal({ id: [`${subject} this file: give it another file or URL in CKAN, then remove this one`] })
}
