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
