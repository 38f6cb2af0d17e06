import type { ImageOwner } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import {
  buildImageKey,
  IMAGE_OWNER_TYPES,
  type ImageOwnerType,
  identify,
  imageTypes,
  isResourceId,
  parseImageUrl,
  recordIdOf,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { type KnownCaller, requireImageOwner } from '../http/caller.ts'
import { named } from '../http/named.ts'
import { refusal } from '../http/validate.ts'
import { uploadAnswer } from '../uploads/answers.ts'
import { faultsOfReuse } from '../uploads/file-checks.ts'
import { createOnlyFor, type Intent, issuedTo } from '../uploads/new-uploads.ts'
import { createStatusKey } from '../uploads/status-keys.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleImageUpload } from './examples.ts'
import { fileName, mimetype, optional, reusable, text, wholeNumber } from './fields.ts'

const owner = v.pipe(
  text(120),
  v.regex(/^[0-9A-Za-z _-]+$/, 'Must be an id or a name: letters, digits, blanks, - and _'),
)

const request = named(
  'ImageUpload',
  v.object({
    id: v.pipe(owner, v.description('The organization, group or user, by id or name.')),
    name: fileName('The name of the image. The content decides the type.'),
    size: v.pipe(
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
      v.description('The size in bytes. The URL accepts only this size.'),
    ),
    mimetype: optional(mimetype),
    reusable: optional(reusable),
  }),
)
type Body = v.InferOutput<typeof request>

/** `organization_upload`, `group_upload` and `user_upload`. */
export const imageUploads = IMAGE_OWNER_TYPES.map(imageUpload)

function imageUpload(type: ImageOwnerType) {
  return defineAction({
    name: `${type}_upload`,
    summary: `Returns a pre-signed URL for the image of ${type === 'organization' ? 'an' : 'a'} ${type} that the caller may update`,
    request,
    answer: uploadAnswer,
    answerDescription: 'Put the image to `upload.url` with `upload.headers`.',
    example: {
      request: { id: type === 'user' ? 'jane' : 'city', name: 'logo.png', size: 5120 },
      result: exampleImageUpload(type),
    },
    errors: [404],
    hints: { size: 'give the size of the image in bytes; the URL accepts no other size' },
    async run(context, caller, body) {
      const { settings, authorizer, logger, records, uploads } = context
      checkLimits(settings, body)
      const imageOwner = await requireImageOwner(authorizer, caller, type, body.id)
      await uploads.room.require(caller, 'images')
      const { key: statusKey, hash: statusKeyHash } = await createStatusKey()
      const record = draft(context, imageOwner, { requestedBy: caller, statusKeyHash }, body)
      await records.announce(record)
      await keepIfRoom(context, record, caller)
      const answer = await uploads.sign(record, { createOnly: createOnlyFor(true, body.reusable), statusKey })
      logger.log('info', 'upload_issued', {
        upload: record.id,
        [type]: imageOwner.id,
        by: caller.name,
        name: body.name,
      })
      return answer
    },
  })
}

/** Checks the limit again, because concurrent requests do not see one another's records at the first check. */
async function keepIfRoom({ uploads, records }: ActionContext, record: UploadRecord, caller: KnownCaller) {
  try {
    await uploads.room.requireAnnounced(caller)
  } catch (thrown) {
    await records.discard(record)
    throw thrown
  }
}

function draft(
  { settings, uploads, clock }: ActionContext,
  { type, id, imageUrl }: ImageOwner,
  issue: Pick<Intent, 'requestedBy' | 'statusKeyHash'>,
  { name, size, mimetype }: Body,
): UploadRecord {
  if (!isResourceId(id))
    throw refusal({ id: [`The id of this ${type} contains characters that a key in the bucket cannot contain`] })
  const shown = parseImageUrl(settings, imageUrl)
  const uploadId = uploads.mintId(shown?.ownerType === type && shown.ownerId === id ? shown.uploadId : undefined)
  const { fileName } = identify({ name, declared: { mimetype } })
  const key = { kind: 'image' as const, ownerType: type, ownerId: id, uploadId, fileName }
  return {
    ...issuedTo({ ...issue, expiresInSeconds: settings.urlExpiresInSeconds }, clock.now()),
    id: recordIdOf(key),
    entity: { type, id },
    key: buildImageKey(key),
    previous_url: imageUrl,
    declared: { name, size, ...(mimetype !== undefined && { mimetype }) },
    limits: { max_bytes: settings.maxImageBytes },
  }
}

/** Checks the declared values. An unknown extension passes: the linker checks the content. */
function checkLimits(settings: Settings, { name, size, mimetype, reusable }: Body): void {
  const { maxImageBytes, allowSvg } = settings
  const types = imageTypes(allowSvg)
  const byName = identify({ name })
  const messages = [`The image must be one of ${types.join(', ')}`]
  const faults = {
    ...faultsOfReuse(settings, reusable),
    ...(size > maxImageBytes && { size: [`Must be at most ${maxImageBytes} bytes`] }),
    ...(byName.format !== undefined && !types.includes(byName.mimetype) && { name: messages }),
    ...(mimetype !== undefined &&
      !types.includes(identify({ name, declared: { mimetype } }).mimetype) && { mimetype: messages }),
  }
  if (Object.keys(faults).length > 0) throw refusal(faults)
}
