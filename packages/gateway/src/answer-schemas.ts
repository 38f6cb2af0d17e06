import { IMAGE_OWNER_TYPES } from '@ckan-uplink/core'
import * as v from 'valibot'

const time = v.pipe(v.string(), v.isoTimestamp())

/** What a client needs to put the bytes: it sends exactly `method`, `url`, `headers` and the body. */
const upload = v.strictObject({
  id: v.pipe(v.string(), v.description('A UUIDv7, with `image-` before it for an image: greater means asked for later.')),
  method: v.literal('PUT'),
  url: v.pipe(v.string(), v.description('Pre-signed, and so a secret.')),
  headers: v.pipe(v.record(v.string(), v.string()), v.description('Signed: to be sent as they are.')),
  key: v.string(),
  expires_at: time,
  max_bytes: v.number(),
})
export type Upload = v.InferOutput<typeof upload>

/** `presigned_url` equals `upload.url`. */
export const uploadAnswer = v.strictObject({ presigned_url: v.string(), upload })
export type UploadAnswer = v.InferOutput<typeof uploadAnswer>

/** An upload record as it is shown to whoever may update what the upload is for. */
export const uploadRecord = v.strictObject({
  version: v.literal(1),
  id: v.string(),
  entity: v.strictObject({ type: v.picklist(['resource', ...IMAGE_OWNER_TYPES]), id: v.string(), dataset_id: v.optional(v.string()) }),
  key: v.string(),
  requested_by: v.optional(v.string()),
  requested_at: v.optional(time),
  expires_at: v.optional(time),
  previous_url: v.optional(v.string()),
  previous_last_modified: v.optional(v.nullable(v.string())),
  claimed: v.optional(v.string()),
  declared: v.strictObject({
    name: v.optional(v.string()),
    size: v.optional(v.number()),
    mimetype: v.optional(v.string()),
    format: v.optional(v.string()),
    hash: v.optional(v.string()),
  }),
  limits: v.strictObject({ max_bytes: v.optional(v.number()) }),
  state: v.picklist(['issued', 'failed', 'superseded', 'aborted', 'expired', 'linked']),
  code: v.optional(v.string()),
  reason: v.optional(v.string()),
  linked: v.optional(v.strictObject({ version: v.string(), size: v.number(), at: time, checksum: v.optional(v.string()) })),
  submitted_at: v.optional(time),
})

const check = v.strictObject({ status: v.picklist(['ok', 'failing']), detail: v.string() })

/** What `/readyz` says. */
export const readiness = v.strictObject({ status: v.picklist(['ok', 'failing']), checks: v.record(v.string(), check) })
export type Readiness = v.InferOutput<typeof readiness>

/** An error outside the Action API (RFC 9457). */
export const problem = v.strictObject({ type: v.literal('about:blank'), title: v.string(), status: v.number(), detail: v.string() })
export type Problem = v.InferOutput<typeof problem>

/** An error of the Action API in CKAN's own shape; a validation error holds a list of messages under each field's name. */
export const actionError = v.strictObject({
  help: v.string(),
  success: v.literal(false),
  error: v.looseObject({ __type: v.string(), message: v.optional(v.string()) }),
})
export type ActionError = v.InferOutput<typeof actionError>
