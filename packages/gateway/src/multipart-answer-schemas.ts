import * as v from 'valibot'

/** What `upload_sign_parts` gives. */
export const signedParts = v.strictObject({
  parts: v.array(
    v.strictObject({
      part_number: v.number(),
      url: v.pipe(
        v.string(),
        v.description('Takes this part by PUT, of exactly its size. Pre-signed, and so a secret.'),
      ),
      headers: v.pipe(v.record(v.string(), v.string()), v.description('Signed: to be sent as they are.')),
    }),
  ),
})
export type SignedParts = v.InferOutput<typeof signedParts>

/** What `upload_list_parts` gives: the parts that have arrived. */
export const arrivedParts = v.strictObject({
  parts: v.array(v.strictObject({ part_number: v.number(), size: v.number() })),
})
export type ArrivedParts = v.InferOutput<typeof arrivedParts>
