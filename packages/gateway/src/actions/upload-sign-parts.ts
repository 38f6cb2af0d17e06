import * as v from 'valibot'
import { named } from '../http/named.ts'
import { refusal } from '../http/validate.ts'
import { sizeOfPart } from '../uploads/part-plan.ts'
import { endedError, findUploadInParts, type UploadInParts } from '../uploads/upload-in-parts.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleUrl, UPLOAD } from './examples.ts'
import { uploadId, wholeNumber } from './fields.ts'

export const MAX_PARTS_SIGNED = 100
const PART_NUMBERS = `Must be a list of 1 to ${MAX_PARTS_SIGNED} part numbers`
const partNumber = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** A form body with a single number carries no list. */
const request = v.object({
  id: uploadId,
  part_numbers: v.union(
    [
      v.pipe(v.array(partNumber), v.minLength(1), v.maxLength(MAX_PARTS_SIGNED)),
      v.pipe(
        partNumber,
        v.transform((number) => [number]),
      ),
    ],
    PART_NUMBERS,
  ),
})

const signedPart = v.strictObject({
  part_number: v.number(),
  url: v.pipe(
    v.string(),
    v.description('The pre-signed URL. It takes this part by PUT, of exactly its size. Treat it as a secret.'),
  ),
  headers: v.pipe(v.record(v.string(), v.string()), v.description('The signed headers. Send them unchanged.')),
})

/** Signs as long as the upload is open, so that callers can replace a URL that has expired. */
export const uploadSignParts = defineAction({
  name: 'upload_sign_parts',
  summary: 'Signs URLs for parts of an upload, as often as needed until the upload expires',
  request,
  answer: named('SignedParts', v.strictObject({ parts: v.array(signedPart) })),
  answerDescription: 'Put each part to its URL.',
  example: {
    request: { id: UPLOAD, part_numbers: [2] },
    result: { parts: [{ part_number: 2, url: `${exampleUrl}&partNumber=2`, headers: {} }] },
  },
  errors: [404],
  grants: ['upload'],
  links: true,
  async run(context, caller, { id, part_numbers }) {
    const upload = await findUploadInParts(context, caller, id)
    if (upload.record.state !== 'issued') throw endedError(upload.record)
    const { partCount } = upload.plan
    const numbers = [...new Set(part_numbers)]
    if (numbers.some((number) => number > partCount))
      throw refusal({ part_numbers: [`Must be from 1 to ${partCount}`] })
    return { parts: await Promise.all(numbers.map((number) => signPart(context, upload, number))) }
  },
})

async function signPart({ multipart }: ActionContext, { target, plan }: UploadInParts, partNumber: number) {
  const { expiresInSeconds } = plan
  const { url, headers } = await multipart.signPart({
    ...target,
    partNumber,
    size: sizeOfPart(plan, plan.size, partNumber),
    expiresInSeconds,
  })
  return { part_number: partNumber, url, headers: { ...headers } }
}
