import * as v from 'valibot'
import { uploadShow, wholeNumber } from './request-schemas.ts'

/** As many as are signed at once. */
const MAX_PARTS_SIGNED = 100
const PART_NUMBERS = `Must be a list of 1 to ${MAX_PARTS_SIGNED} part numbers`
const partNumber = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** The body of `upload_sign_parts`. A form body with a single number holds no list. */
export const uploadSignParts = v.object({
  id: uploadShow.entries.id,
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

/** What `upload_sign_parts` gives. */
export const signedParts = v.strictObject({
  parts: v.array(
    v.strictObject({
      part_number: v.number(),
      url: v.pipe(v.string(), v.description('Takes this part by PUT, of exactly its size. Pre-signed, and so a secret.')),
      headers: v.pipe(v.record(v.string(), v.string()), v.description('Signed: to be sent as they are.')),
    }),
  ),
})
export type SignedParts = v.InferOutput<typeof signedParts>

/** What `upload_list_parts` gives: the parts that have arrived. */
export const arrivedParts = v.strictObject({ parts: v.array(v.strictObject({ part_number: v.number(), size: v.number() })) })
export type ArrivedParts = v.InferOutput<typeof arrivedParts>
