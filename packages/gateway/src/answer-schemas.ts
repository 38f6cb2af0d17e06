import { IMAGE_OWNER_TYPES, UPLOAD_STATES } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'

const time = v.pipe(v.string(), v.isoTimestamp())

/** What a client needs to put the bytes: it sends exactly `method`, `url`, `headers` and the body. */
const upload = v.strictObject({
  id: v.pipe(
    v.string(),
    v.description('A UUIDv7, with `image-` before it for an image: greater means asked for later.'),
  ),
  method: v.literal('PUT'),
  url: v.pipe(
    v.nullable(v.string()),
    v.description('Pre-signed, and so a secret; null for an upload in parts, whose URLs `upload_sign_parts` gives.'),
  ),
  headers: v.pipe(v.record(v.string(), v.string()), v.description('Signed: to be sent as they are.')),
  key: v.string(),
  expires_at: time,
  max_bytes: v.number(),
  part_size: v.optional(
    v.pipe(v.number(), v.description('Bytes of every part but the last, which holds what is left.')),
  ),
  part_count: v.optional(v.number()),
})
export type Upload = v.InferOutput<typeof upload>

/** `presigned_url` equals `upload.url`. */
export const uploadAnswer = v.strictObject({ presigned_url: v.nullable(v.string()), upload })
export type UploadAnswer = v.InferOutput<typeof uploadAnswer>

/** An upload record as it is shown to whoever may update what the upload is for. */
export const uploadRecord = v.strictObject({
  version: v.literal(1),
  id: v.string(),
  entity: v.strictObject({
    type: v.picklist(['resource', ...IMAGE_OWNER_TYPES]),
    id: v.string(),
    dataset_id: v.optional(v.string()),
    owner_org: v.optional(
      v.pipe(v.string(), v.description('The organization that owned the dataset when the upload was asked for.')),
    ),
  }),
  key: v.string(),
  requested_by: v.optional(v.string()),
  requested_by_id: v.optional(v.string()),
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
  multipart: v.optional(
    v.strictObject({ id: v.string(), part_size: v.number(), part_count: v.number(), expires_in: v.number() }),
  ),
  state: v.pipe(
    v.picklist([...UPLOAD_STATES, 'loaded']),
    v.description(
      '`expired` and `loaded` are worked out when the record is asked for: a URL that went by unused, a table that is in the DataStore.',
    ),
  ),
  load: v.optional(
    v.pipe(
      v.strictObject({ status: v.string(), error: v.optional(v.string()) }),
      v.description('What the loader says of it.'),
    ),
  ),
  code: v.optional(v.string()),
  reason: v.optional(v.string()),
  linked: v.optional(
    v.strictObject({ version: v.string(), size: v.number(), at: time, checksum: v.optional(v.string()) }),
  ),
  submitted_at: v.optional(time),
  withdrawn: v.optional(
    v.pipe(
      v.strictObject({
        at: time,
        by: v.string(),
        reason: v.string(),
        removed_at: v.optional(time),
        kept_until: v.optional(time),
      }),
      v.description(
        'Who took the file back, when and why; when its bytes were removed, and until when the store keeps copies of them.',
      ),
    ),
  ),
})

/** What `upload_list` answers: the oldest first. */
export const uploadPage = v.strictObject({
  uploads: v.array(uploadRecord),
  next: v.pipe(
    v.nullable(v.string()),
    v.description('What to give as `after` for the next page, which may be empty; null when this was the last.'),
  ),
})
export type UploadPage = v.InferOutput<typeof uploadPage>

export type ShownRecord = v.InferOutput<typeof uploadRecord>

/** What `upload_remove` answers. */
export const uploadRemoved = v.strictObject({
  upload: uploadRecord,
  bytes: v.pipe(v.string(), v.description('What becomes of the stored bytes, and when. For people.')),
})
export type UploadRemoved = v.InferOutput<typeof uploadRemoved>

const check = v.strictObject({ status: v.picklist(['ok', 'failing']), detail: v.string() })

/** What `/readyz` says. */
export const readiness = v.strictObject({ status: v.picklist(['ok', 'failing']), checks: v.record(v.string(), check) })
export type Readiness = v.InferOutput<typeof readiness>

/** An error outside the Action API (RFC 9457). */
export const problem = v.strictObject({
  type: v.literal('about:blank'),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
})
export type Problem = v.InferOutput<typeof problem>

/** An error of the Action API in CKAN's own shape; a validation error holds a list of messages under each field's name. */
export const actionError = v.strictObject({
  help: v.string(),
  success: v.literal(false),
  error: v.looseObject({ __type: v.string(), message: v.optional(v.string()) }),
})
export type ActionError = v.InferOutput<typeof actionError>
