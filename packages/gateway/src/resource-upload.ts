import type { Resource, Settings } from '@ckan-uplink/core'
import { type Declared, fileTypeOf, isAllowedType } from '@ckan-uplink/core/uploads'
import type { UploadAnswer } from './answer-schemas.ts'
import { type KnownCaller, requireResource, requireUpdate } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import type { Fields } from './fields.ts'
import { answerInParts, beginInParts, planUpload } from './multipart-upload.ts'
import type { Records } from './records.ts'
import { type ResourceUpload, resourceUpload } from './request-schemas.ts'
import { createOnlyFor, type Uploads } from './uploads.ts'
import { refusal, validate } from './validate.ts'

/** `resource_upload`: a URL for a caller whom CKAN would let update the resource, after the record of it is stored. */
export function createResourceUpload(deps: GatewayDeps, records: Records, uploads: Uploads) {
  const { settings, authorizer, logger } = deps
  return async (caller: KnownCaller, fields: Fields): Promise<UploadAnswer> => {
    const body = validate(resourceUpload, fields)
    checkLimits(settings, body)
    const plan = planUpload(deps, body)
    const resource = await requireResource(authorizer, body.id, caller.token)
    checkHoldsFile(resource)
    const [ownerOrg] = await Promise.all([
      authorizer.findOwner(caller.token, { id: resource.datasetId }),
      requireUpdate(authorizer, caller, resource),
    ])
    await uploads.room.require(caller, 'files')
    const declared = declaredIn(body)
    const intent = {
      resource: { ...resource, ownerOrg },
      requestedBy: caller,
      declared,
      expiresInSeconds: body.expires_in ?? settings.urlExpiresInSeconds,
    }
    const record = plan ? await beginInParts(deps, uploads, intent, plan) : uploads.draft(intent)
    await records.announce(record)
    const { name, ...enforced } = declared
    const answer = plan
      ? answerInParts(record, plan)
      : await uploads.sign(record, { createOnly: createOnlyFor(Object.keys(enforced).length > 0, body.reusable) })
    logger.log('info', 'upload_issued', { upload: record.id, resource: resource.id, by: caller.name, name })
    return answer
  }
}

function checkLimits(
  { maxUploadBytes, urlExpiresInSeconds, allowedTypes }: Settings,
  { size = 0, expires_in = 1, mimetype, name = '' }: ResourceUpload,
): void {
  const type = fileTypeOf(name, mimetype)
  const refused =
    (mimetype !== undefined || type.format !== undefined) &&
    !isAllowedType(allowedTypes, mimetype ?? type.mimetype, name)
  const faults = {
    ...(size > maxUploadBytes && { size: [`Must be at most ${maxUploadBytes} bytes`] }),
    ...(expires_in > urlExpiresInSeconds && {
      expires_in: [`Must be a whole number from 1 to ${urlExpiresInSeconds}`],
    }),
    ...(refused && {
      [mimetype === undefined ? 'name' : 'mimetype']: [
        `The type of the file must be one of ${allowedTypes.join(', ')}`,
      ],
    }),
  }
  if (Object.keys(faults).length > 0) throw refusal(faults)
}

function checkHoldsFile({ urlType }: Resource): void {
  if (urlType !== 'datastore' && urlType !== 'tabledesigner') return
  throw refusal({
    id: [`The data of this resource live in the DataStore alone (url_type ${urlType}): a file would not replace them`],
  })
}

function declaredIn({ name, size, mimetype, format, hash }: ResourceUpload): Declared {
  return {
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
    ...(mimetype !== undefined && { mimetype }),
    ...(format && { format }),
    ...(hash !== undefined && { hash }),
  }
}
