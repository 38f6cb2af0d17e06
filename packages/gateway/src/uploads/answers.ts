import { IMAGE_OWNER_TYPES, UPLOAD_STATES } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { named } from '../http/named.ts'

export const time = v.pipe(v.string(), v.isoTimestamp())

/** A client sends exactly `method`, `url`, `headers` and the file. */
export const upload = named(
  'Upload',
  v.strictObject({
    id: v.pipe(
      v.string(),
      v.description('A UUIDv7, for an image with `image-` before it. A greater id was requested later.'),
    ),
    method: v.literal('PUT'),
    url: v.pipe(
      v.nullable(v.string()),
      v.description(
        'The pre-signed URL. Treat it as a secret. It is null for an upload in parts: `upload_sign_parts` returns the URLs of the parts.',
      ),
    ),
    headers: v.pipe(v.record(v.string(), v.string()), v.description('The signed headers. Send them unchanged.')),
    key: v.string(),
    status_key: v.optional(
      v.pipe(
        v.string(),
        v.description('A secret that shows the state of this upload without a token: `GET /uploads/<id>`.'),
      ),
    ),
    expires_at: time,
    max_bytes: v.number(),
    part_size: v.optional(
      v.pipe(v.number(), v.description('The bytes of every part except the last, which has the remaining bytes.')),
    ),
    part_count: v.optional(v.number()),
  }),
)
export type Upload = v.InferOutput<typeof upload>

/** `presigned_url` equals `upload.url`. */
export const uploadAnswer = named('UploadAnswer', v.strictObject({ presigned_url: v.nullable(v.string()), upload }))
export type UploadAnswer = v.InferOutput<typeof uploadAnswer>

/** An upload record as callers see it. */
export const uploadRecord = named(
  'UploadRecord',
  v.strictObject({
    version: v.literal(1),
    id: v.string(),
    entity: v.strictObject({
      type: v.picklist(['resource', ...IMAGE_OWNER_TYPES, 'file']),
      id: v.string(),
      dataset_id: v.optional(v.string()),
      owner_org: v.optional(
        v.pipe(v.string(), v.description('The organization that owned the dataset when the upload was requested.')),
      ),
    }),
    key: v.string(),
    owner: v.optional(
      v.pipe(
        v.strictObject({ type: v.string(), id: v.string(), pinned: v.boolean() }),
        v.description('Of a file that no resource links to: to whom the linker gives it in CKAN.'),
      ),
    ),
    requested_by: v.optional(v.string()),
    requested_by_id: v.optional(v.string()),
    requested_at: v.optional(time),
    expires_at: v.optional(time),
    together: v.optional(
      v.pipe(
        v.strictObject({ request: v.string(), files: v.number() }),
        v.description('The `dataset_upload` of this upload, and how many of its files got an upload.'),
      ),
    ),
    link: v.optional(v.pipe(v.string(), v.description('The upload link by which the upload began.'))),
    previous_url: v.optional(v.string()),
    previous_last_modified: v.optional(v.nullable(v.string())),
    only_if_unchanged: v.optional(
      v.pipe(v.literal(true), v.description('Whether the file replaces exactly what CKAN showed, and nothing later.')),
    ),
    claimed: v.optional(v.string()),
    declared: v.strictObject({
      name: v.optional(v.string()),
      size: v.optional(v.number()),
      mimetype: v.optional(v.string()),
      format: v.optional(v.string()),
      hash: v.optional(v.string()),
    }),
    replaces_file: v.optional(
      v.pipe(
        v.strictObject({ id: v.string(), location: v.string() }),
        v.description('The file of CKAN that this one replaces. It stays until somebody deletes it.'),
      ),
    ),
    restored_from: v.optional(v.pipe(v.string(), v.description('The upload whose file this one repeats.'))),
    limits: v.strictObject({ max_bytes: v.optional(v.number()) }),
    reserved: v.optional(
      v.pipe(
        v.strictObject({ files: v.number(), replaces_bytes: v.number(), until: time }),
        v.description("With quotas: what the upload reserves of the organization's quota."),
      ),
    ),
    multipart: v.optional(
      v.strictObject({ id: v.string(), part_size: v.number(), part_count: v.number(), expires_in: v.number() }),
    ),
    held: v.optional(v.pipe(v.literal('proposed'), v.description('Why the file is neither linked nor served yet.'))),
    scanned: v.optional(v.pipe(v.string(), v.description('The version that a virus scanner found clean.'))),
    state: v.pipe(
      v.picklist([...UPLOAD_STATES, 'loaded']),
      v.description(
        '`proposed`: the file has arrived and waits until somebody accepts it. `scanning`: it waits for a virus scanner. The gateway computes two states at each request. `expired`: the URL expired and no file arrived. `loaded`: the table is in the DataStore.',
      ),
    ),
    load: v.optional(
      v.pipe(
        v.strictObject({ status: v.string(), error: v.optional(v.string()) }),
        v.description('The status that the loader reports.'),
      ),
    ),
    code: v.optional(v.string()),
    reason: v.optional(v.string()),
    linked: v.optional(
      v.strictObject({
        version: v.string(),
        size: v.number(),
        at: time,
        checksum: v.optional(v.string()),
        mimetype: v.optional(v.pipe(v.string(), v.description('The media type as CKAN was told.'))),
      }),
    ),
    submitted_at: v.optional(time),
    file: v.optional(
      v.pipe(
        v.strictObject({
          id: v.optional(v.string()),
          step: v.picklist(['registered', 'renamed', 'given']),
          reason: v.optional(v.string()),
        }),
        v.description(
          'The file of CKAN, and the last step of its registration. `given`: nothing is left to do. `reason`: why CKAN has no such file.',
        ),
      ),
    ),
    status_key_hash: v.optional(v.pipe(v.string(), v.description('SHA-256 of the status key.'))),
    withdrawn: v.optional(
      v.pipe(
        v.strictObject({
          at: time,
          by: v.optional(v.string()),
          reason: v.optional(v.string()),
          removed_at: v.optional(time),
          kept_until: v.optional(time),
        }),
        v.description(
          'The user who withdrew the file, the time and the reason. An upload link shows only the time. `removed_at`: when the file was removed. `kept_until`: until when the store keeps copies.',
        ),
      ),
    ),
  }),
)
export type ShownRecord = v.InferOutput<typeof uploadRecord>

/** The answer of actions that end an upload. */
export const endedUpload = named('EndedUpload', v.strictObject({ upload: uploadRecord }))
