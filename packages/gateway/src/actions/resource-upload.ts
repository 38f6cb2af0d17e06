import type { Settings } from '@ckan-uplink/core/settings'
import { amountOf } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import type { UploadGrant } from '../grants/grant.ts'
import { refusal } from '../http/validate.ts'
import { uploadAnswer } from '../uploads/answers.ts'
import { answerInParts, beginInParts, planUpload } from '../uploads/begin-parts.ts'
import { declaredIn, faultsOfFile, faultsOfReuse, isDeclared } from '../uploads/file-checks.ts'
import { createOnlyFor } from '../uploads/new-uploads.ts'
import { readPlaceToSign } from '../uploads/place-to-sign.ts'
import { replaced } from '../uploads/replaced.ts'
import { createStatusKey } from '../uploads/status-keys.ts'
import { defineAction } from './define-action.ts'
import { exampleUpload, RESOURCE } from './examples.ts'
import { fileName, fileSize, flag, format, hash, id, mimetype, optional, reusable, wholeNumber } from './fields.ts'

/** The gateway ignores other fields, as CKAN does. */
const request = v.object({
  id: v.pipe(id, v.description('The resource.')),
  name: optional(fileName('The name of the file. The extension sets the format.')),
  size: optional(fileSize),
  mimetype: optional(mimetype),
  format: optional(format),
  hash: optional(hash),
  expires_in: optional(
    v.pipe(wholeNumber(1, 3600), v.description('The seconds until the URL, or the URL of each part, expires.')),
  ),
  multipart: optional(
    v.pipe(flag, v.description('Whether to upload in parts, which requires `size`. Default: true for large files.')),
  ),
  reusable: optional(reusable),
  replaces: optional(replaced),
})
type Body = v.InferOutput<typeof request>

export const resourceUpload = defineAction({
  name: 'resource_upload',
  summary: 'Returns a pre-signed URL for the file of a resource that the caller may update',
  request,
  answer: uploadAnswer,
  answerDescription:
    'Put the file to `upload.url` with `upload.headers`. If the request declares only a name, R2 and S3 need no headers. For an upload in parts the URL is null: send `part_count` parts of `part_size` bytes.',
  example: { request: { id: RESOURCE, name: 'budget.csv', mimetype: 'text/csv' }, result: exampleUpload },
  errors: [404],
  grants: ['upload'],
  onlySigns: true,
  async run(context, caller, body) {
    const { settings, logger, records, uploads } = context
    checkLimits(settings, body)
    const plan = planUpload(context, {
      ...body,
      multipart: caller.grant ? isInParts(caller.grant, body) : body.multipart,
    })
    const { resource, ownerOrg } = await readPlaceToSign(context, caller, body.id)
    await uploads.room.require(caller, 'files')
    await uploads.quotas.require(ownerOrg, () => amountOf(settings, resource, body.size))
    const declared = declaredIn(body)
    const { key: statusKey, hash: statusKeyHash } = await createStatusKey()
    const intent = {
      resource: { ...resource, ownerOrg },
      requestedBy: caller,
      declared,
      expiresInSeconds: body.expires_in ?? settings.urlExpiresInSeconds,
      statusKeyHash,
      replaces: body.replaces,
    }
    const record = plan ? await beginInParts(context, uploads, intent, plan) : uploads.draft(intent)
    await records.announce(record)
    const answer = plan
      ? answerInParts(record, plan, statusKey)
      : await uploads.sign(record, { createOnly: createOnlyFor(isDeclared(declared), body.reusable), statusKey })
    logger.log('info', 'upload_issued', { upload: record.id, resource: resource.id, by: caller.name, name: body.name })
    return answer
  },
})

/**
 * Without an object there is no event: parts wait until CKAN has saved the form. Once CKAN has the resource, a caller
 * with a grant may ask for one piece.
 */
function isInParts(grant: UploadGrant, { multipart }: Body): boolean {
  return multipart !== false || (grant.scope === 'upload' && grant.is_new === true)
}

function checkLimits(settings: Settings, body: Body): void {
  const { urlExpiresInSeconds } = settings
  const faults = {
    ...faultsOfFile(settings, body),
    ...faultsOfReuse(settings, body.reusable),
    ...((body.expires_in ?? 1) > urlExpiresInSeconds && {
      expires_in: [`Must be a whole number from 1 to ${urlExpiresInSeconds}`],
    }),
  }
  if (Object.keys(faults).length > 0) throw refusal(faults)
}
