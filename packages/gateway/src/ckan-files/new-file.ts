import type { JsonObject } from '@ckan-uplink/core/support'
import {
  amountOf,
  buildFileKey,
  identify,
  isResourceId,
  reservationOf,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import type { ActionContext } from '../actions/define-action.ts'
import { fileName, fileSize, flag, hash, id, mimetype, optional, text } from '../actions/fields.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal, validate } from '../http/validate.ts'
import { beginDraftInParts, planUpload, UNFINISHED_SECONDS } from '../uploads/begin-parts.ts'
import { declaredIn, faultsOfFile } from '../uploads/file-checks.ts'
import { issuedTo } from '../uploads/new-uploads.ts'
import type { PartPlan } from '../uploads/part-plan.ts'
import { requireOwner } from './ask-owner.ts'

/** The fields of a file that no resource links to. */
export const newFile = v.object({
  name: fileName('The name of the file.'),
  size: optional(fileSize),
  content_type: optional(mimetype),
  hash: optional(hash),
  storage: optional(v.pipe(text(100), v.description('The storage `FILES_STORAGE`, which is the default.'))),
  owner_type: optional(
    v.pipe(
      v.picklist(
        ['user', 'package', 'organization', 'group', 'resource'],
        'Must be user, package, organization, group or resource',
      ),
      v.description('With `owner_id`: who gets the file. Default: the caller.'),
    ),
  ),
  owner_id: optional(v.pipe(id, v.description('The id or name of the owner.'))),
  multipart: optional(v.pipe(flag, v.description('Whether to upload in parts, which requires `size`.'))),
})
type NewFile = v.InferOutput<typeof newFile>

/** CKAN serves the object itself, so nothing may replace it after it was verified. */
const IN_ONE_PIECE =
  'This storage takes a file in parts only for a resource: use files_resource_upload, or upload the file in one piece'

/** The file of CKAN that a new one shall replace, as CKAN shows it now. */
interface ReplacedFile {
  readonly id: string
  readonly location: string
  readonly pinned: boolean
}

/** Where a new file goes: to one URL, or in parts. */
export interface BegunFile {
  readonly record: UploadRecord
  readonly storageData: JsonObject
}

/**
 * Begins the upload of a file that no resource links to. Its URL accepts one file. Throws unless CKAN lets the caller
 * create the file for its owner.
 */
export async function beginFile(
  context: ActionContext,
  caller: KnownCaller,
  fields: object,
  replaced?: ReplacedFile,
): Promise<BegunFile> {
  const { records, uploads, logger } = context
  const body = validate(newFile, fields)
  checkFields(context, body)
  const plan = planUpload(context, body)
  if (plan && context.multipart.partUrlsStayOpen) throw refusal({ multipart: [IN_ONE_PIECE] })
  const permitted = await requireOwner(context, caller, body)
  const { owner, organization } = permitted
  await uploads.room.require(caller, 'files')
  await uploads.quotas.require(organization, () => amountOf(context.settings, { id: '', url: '' }, body.size))
  const drafted = draft(context, caller, { ...body, ...permitted, replaced }, plan)
  const record = plan ? await beginDraftInParts(context, drafted, plan, context.settings.urlExpiresInSeconds) : drafted
  await records.announce(record)
  const storageData = plan ? ofParts(plan) : await ofUrl(context, record)
  logger.log('info', 'upload_issued', { upload: record.id, [owner.type]: owner.id, by: caller.name, name: body.name })
  return { record, storageData }
}

function checkFields({ settings }: ActionContext, body: NewFile): void {
  const { mimetype, ...faults } = faultsOfFile(settings, { ...body, mimetype: body.content_type })
  const isHalf = (body.owner_type === undefined) !== (body.owner_id === undefined)
  const all = {
    ...faults,
    ...(mimetype && { content_type: mimetype }),
    ...(isHalf && { owner_id: ['Give both owner_type and owner_id, or neither'] }),
  }
  if (Object.keys(all).length > 0) throw refusal(all)
}

function draft(
  { settings, uploads, clock }: ActionContext,
  requestedBy: KnownCaller,
  file: NewFile & Awaited<ReturnType<typeof requireOwner>> & { readonly replaced: ReplacedFile | undefined },
  plan: PartPlan | undefined,
): UploadRecord {
  const { name, size, content_type, hash, owner, organization, replaced } = file
  const [id, now] = [uploads.mintId(), clock.now()]
  const declared = declaredIn({ name, size, mimetype: content_type, hash })
  const expiresInSeconds = plan ? UNFINISHED_SECONDS : settings.urlExpiresInSeconds
  const issued = issuedTo({ requestedBy, expiresInSeconds }, now)
  const times = { now, expiresAt: new Date(issued.expires_at) }
  const reserved = reservationOf(settings, { id, url: '', ownerOrg: organization }, times)
  const { fileName } = identify({ name, declared })
  return {
    ...issued,
    id,
    entity: { type: 'file', id, ...(organization !== undefined && { owner_org: organization }) },
    key: buildFileKey(settings.keyPrefix, {
      ...(organization !== undefined && isResourceId(organization) && { organization }),
      uploadId: id,
      fileName,
    }),
    owner: { ...owner, pinned: replaced?.pinned ?? owner.pinned },
    ...(replaced && { replaces_file: { id: replaced.id, location: replaced.location } }),
    declared,
    limits: { max_bytes: settings.maxUploadBytes },
    ...(reserved !== undefined && { reserved }),
  }
}

async function ofUrl({ uploads }: ActionContext, record: UploadRecord): Promise<JsonObject> {
  const { upload } = await uploads.sign(record, { createOnly: true, statusKey: undefined })
  const { method, url, headers, expires_at } = upload
  return { upload: { method, url, headers, expires_at } }
}

function ofParts({ partSize, partCount }: PartPlan): JsonObject {
  return { uploaded: 0, parts: {}, part_size: partSize, part_count: partCount }
}
