import type { UploadedPart, UploadRecord } from '@ckan-uplink/core/uploads'
import { type AskedOwner, requireOwner } from '../ckan-files/ask-owner.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { placeDelivered } from '../links/place-delivered.ts'
import { endedUpload } from '../uploads/answers.ts'
import { rangesOf, sizeOfPart } from '../uploads/part-plan.ts'
import { noteSavedForm } from '../uploads/saved-form.ts'
import { shownTo } from '../uploads/shown-to.ts'
import { signedType } from '../uploads/signed-type.ts'
import { endedError, findUploadInParts, isEnded, isOpen, type UploadInParts } from '../uploads/upload-in-parts.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleRecord, UPLOAD } from './examples.ts'
import { uploadOnly } from './fields.ts'

/** Of several calls at once, one completes the upload. The others find it complete. */
export const uploadComplete = defineAction({
  name: 'upload_complete',
  summary: 'Joins the parts to the file, which the linker then links; a second call changes nothing',
  request: uploadOnly,
  answer: endedUpload,
  answerDescription: 'The record. A 409 names the missing parts.',
  example: { request: { id: UPLOAD }, result: { upload: exampleRecord } },
  errors: [404],
  grants: ['upload', 'complete'],
  links: true,
  async run(context, caller, { id }) {
    const upload = await findUploadInParts(context, caller, id)
    const { record } = upload
    const { records, logger } = context
    if (isEnded(record)) throw endedError(record)
    // The parts may be days old, and the service gives the file to its owner.
    if (record.entity.type === 'file') await requireOwner(context, caller, toAskedOwner(record.owner))
    if (caller.grant) await noteSavedForm(records, caller.grant, record)
    if (await complete(context, caller, upload))
      logger.log('info', 'upload_completed', { upload: record.id, resource: record.entity.id, by: caller.name })
    else if (isOpen(record) && !(await records.hasObject(record.key))) throw endedError(record)
    const settled = (await records.find(record.id)) ?? record
    // Another call may have ended the upload meanwhile. Then the linker ignores the file.
    if (isEnded(settled)) throw endedError(settled)
    return { upload: shownTo(caller, settled) }
  },
})

function toAskedOwner(owner: UploadRecord['owner']): AskedOwner {
  return owner ? { owner_type: owner.type, owner_id: owner.id } : {}
}

/**
 * Returns `false` when the store has no such upload: it is complete or dropped. Throws `RefusedError` for missing
 * parts. Only with all parts does a link make a resource in CKAN.
 */
async function complete(
  context: ActionContext,
  { link }: KnownCaller,
  { record, target, plan }: UploadInParts,
): Promise<boolean> {
  const { multipart, settings } = context
  const arrived = await multipart.listParts(target)
  if (arrived === undefined) return false
  checkArrived(plan, arrived)
  if (link) await placeDelivered(context, link, record)
  const contentType = signedType(settings, record)
  const object = await multipart.complete({ ...target, ...(contentType !== undefined && { contentType }) })
  return object !== undefined
}

function checkArrived(plan: UploadInParts['plan'], arrived: readonly UploadedPart[]): void {
  const sizes = new Map(arrived.map(({ partNumber, size }) => [partNumber, size]))
  const numbers = Array.from({ length: plan.partCount }, (_, index) => index + 1)
  const missing = numbers.filter((number) => !sizes.has(number))
  const wrong = numbers.filter(
    (number) => sizes.has(number) && sizes.get(number) !== sizeOfPart(plan, plan.size, number),
  )
  const faults = [
    ...(missing.length > 0 ? [`Missing: ${rangesOf(missing)}`] : []),
    ...(wrong.length > 0 ? [`Wrong size: ${rangesOf(wrong)}`] : []),
  ]
  if (faults.length > 0) throw refusal({ parts: faults })
}
