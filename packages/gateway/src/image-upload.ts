import type { ImageOwner, Settings } from '@ckan-uplink/core'
import {
  bareType,
  buildImageKey,
  type Declared,
  fileTypeOf,
  type ImageOwnerType,
  imageTypes,
  isResourceId,
  parseImageUrl,
  recordIdOf,
  safeFileName,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import type { UploadAnswer } from './answer-schemas.ts'
import { type KnownCaller, requireImageOwner } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import type { Fields } from './fields.ts'
import type { Records } from './records.ts'
import { type ImageUpload, imageUpload } from './request-schemas.ts'
import { createUploadIds } from './upload-ids.ts'
import { createOnlyFor, issuedTo, type Uploads } from './uploads.ts'
import { refusal, validate } from './validate.ts'

const ADVICE = { size: 'give the number of bytes of the image; the URL takes no other size' }

/** `organization_upload`, `group_upload` or `user_upload`: a URL for a caller who may change that image, after the record of it is stored. */
export function createImageUpload(type: ImageOwnerType, deps: GatewayDeps, records: Records, uploads: Uploads) {
  const { settings, authorizer, logger, clock } = deps
  const mintId = createUploadIds(clock)

  return async (caller: KnownCaller, fields: Fields): Promise<UploadAnswer> => {
    const body = validate(imageUpload, fields, ADVICE)
    checkLimits(settings, body)
    const owner = await requireImageOwner(authorizer, caller, type, body.id)
    await uploads.room.require(caller, 'images')
    const record = draft(owner, caller, body)
    await records.announce(record)
    await keepIfRoom(record, caller)
    const answer = await uploads.sign(record, { createOnly: createOnlyFor(true, body.reusable) })
    logger.log('info', 'upload_issued', { upload: record.id, [type]: owner.id, by: caller.name, name: body.name })
    return answer
  }

  /** Of many requests at once each may have found room, since no listing showed the others. */
  async function keepIfRoom(record: UploadRecord, caller: KnownCaller): Promise<void> {
    try {
      await uploads.room.requireAnnounced(caller)
    } catch (thrown) {
      await records.discard(record)
      throw thrown
    }
  }

  function draft({ id, imageUrl }: ImageOwner, requestedBy: KnownCaller, body: ImageUpload): UploadRecord {
    if (!isResourceId(id))
      throw refusal({ id: [`The id of this ${type} is none that CKAN makes by itself: no key can hold it`] })
    const shown = parseImageUrl(settings, imageUrl)
    const uploadId = mintId(shown?.ownerType === type && shown.ownerId === id ? shown.uploadId : undefined)
    const key = { ownerType: type, ownerId: id, uploadId, fileName: safeFileName(body.name) }
    return {
      ...issuedTo(requestedBy, clock.now(), settings.urlExpiresInSeconds),
      id: recordIdOf(key),
      entity: { type, id },
      key: buildImageKey(key),
      previous_url: imageUrl,
      declared: declaredIn(body),
      limits: { max_bytes: settings.maxImageBytes },
    }
  }
}

/** What can be told before there is content: a name or media type that is known, and of no image. */
function checkLimits({ maxImageBytes, allowSvg }: Settings, { name, size, mimetype }: ImageUpload): void {
  const types = imageTypes(allowSvg)
  const named = fileTypeOf(name)
  const words = [`The image must be one of ${types.join(', ')}`]
  const faults = {
    ...(size > maxImageBytes && { size: [`Must be at most ${maxImageBytes} bytes`] }),
    ...(named.format !== undefined && !types.includes(named.mimetype) && { name: words }),
    ...(mimetype !== undefined && !types.includes(bareType(mimetype)) && { mimetype: words }),
  }
  if (Object.keys(faults).length > 0) throw refusal(faults)
}

function declaredIn({ name, size, mimetype }: ImageUpload): Declared {
  return { name, size, ...(mimetype !== undefined && { mimetype }) }
}
