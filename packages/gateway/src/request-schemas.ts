import { hasForbiddenCharacters, isResourceId, UPLOAD_STATES } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'

/** Form bodies hold numbers as strings of digits. */
export function wholeNumber(least: number, most: number) {
  const message =
    most === Number.MAX_SAFE_INTEGER
      ? `Must be a whole number from ${least}`
      : `Must be a whole number from ${least} to ${most}`
  const number = v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
  const toNumber = v.transform((digits: string) => Number(digits))
  const digits = v.pipe(v.string(message), v.regex(/^\d{1,16}$/, message), toNumber, number)
  return v.union([number, digits], message)
}

function text(maxLength: number) {
  return v.pipe(v.string('Must be a string'), v.maxLength(maxLength, `Must be at most ${maxLength} characters long`))
}

const ID = 'Must be an id: letters, digits, blanks, - and _'

/** Of the right characters; whether such a thing exists is another question. */
const id = v.pipe(text(120), v.regex(/^[0-9A-Za-z _-]+$/, ID))

const name = v.pipe(
  text(255),
  v.check((value) => value.trim() !== '', 'Must not be empty'),
  v.check(
    (value) => !hasForbiddenCharacters(value),
    'Must be a file name without slashes, control characters or marks of writing direction',
  ),
  v.description('The name of the file. Its extension tells the format.'),
)

const MEDIA_TYPE = 'Must be a media type such as text/csv'
const mimetype = v.pipe(
  text(255),
  v.regex(
    /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?: *; *[A-Za-z0-9!#$&^_.+-]+=[A-Za-z0-9!#$&^_.+-]+)*$/,
    MEDIA_TYPE,
  ),
  v.description('The media type that the upload will carry.'),
)

const format = v.pipe(
  text(100),
  v.check((value) => !/\p{Cc}/u.test(value), 'Must not contain control characters'),
  v.description("The format in CKAN's words, such as CSV."),
)

const hash = v.pipe(
  v.string('Must be a string'),
  v.regex(/^sha256:[0-9A-Fa-f]{64}$/, 'Must be sha256: and 64 hexadecimal digits'),
  v.toLowerCase(),
  v.description('SHA-256 of the content.'),
)

/** Form bodies hold it as a word. */
const flag = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((word) => word === 'true'),
    ),
  ],
  'Must be true or false',
)

const reusable = v.pipe(
  flag,
  v.description(
    'Whether the URL may be used again until it expires, each time with another file. CKAN is written once a minute at most.',
  ),
)

/** The body of `resource_upload`; further fields are ignored, as CKAN does. */
export const resourceUpload = v.object({
  id: v.pipe(id, v.description('The resource.')),
  name: v.optional(name),
  size: v.optional(v.pipe(wholeNumber(0, Number.MAX_SAFE_INTEGER), v.description('Bytes.'))),
  mimetype: v.optional(mimetype),
  format: v.optional(format),
  hash: v.optional(hash),
  expires_in: v.optional(
    v.pipe(wholeNumber(1, 3600), v.description('Seconds until the URL expires, or that of each part.')),
  ),
  multipart: v.optional(
    v.pipe(flag, v.description('Whether to upload in parts, which needs `size`; a large file is when this is absent.')),
  ),
  reusable: v.optional(reusable),
})
export type ResourceUpload = v.InferOutput<typeof resourceUpload>

/** The fields of CKAN's `resource_create` that matter here; all others are CKAN's to judge. */
export const resourceCreate = v.looseObject({
  package_id: v.pipe(v.string('Must be a string'), v.description('The dataset.')),
  id: v.optional(
    v.pipe(
      id,
      v.check(isResourceId, 'Must be an id as CKAN makes them'),
      v.description('The id of the new resource; minted when absent.'),
    ),
  ),
  url: v.optional(v.nullable(v.string('Must be a string'))),
  name: v.optional(v.nullable(v.string('Must be a string'))),
  format: v.optional(v.nullable(format)),
})
export type ResourceCreate = v.InferOutput<typeof resourceCreate>

const owner = v.pipe(
  text(120),
  v.regex(/^[0-9A-Za-z _-]+$/, 'Must be an id or a name: letters, digits, blanks, - and _'),
)

/** The body of `organization_upload`, `group_upload` and `user_upload`. */
export const imageUpload = v.object({
  id: v.pipe(owner, v.description('The organization, group or user, by id or name.')),
  name: v.pipe(name, v.description('The name of the image; what it is is told by its content.')),
  size: v.pipe(wholeNumber(1, Number.MAX_SAFE_INTEGER), v.description('Bytes. The URL takes no other size.')),
  mimetype: v.optional(mimetype),
  reusable: v.optional(reusable),
})
export type ImageUpload = v.InferOutput<typeof imageUpload>

const STATE = `Must be one of ${UPLOAD_STATES.join(', ')}`

/** The body of `upload_list`. */
export const uploadList = v.object({
  entity: v.optional(v.pipe(id, v.description('Only uploads of this resource.'))),
  state: v.optional(v.picklist(UPLOAD_STATES, STATE)),
  limit: v.optional(v.pipe(wholeNumber(1, 1000), v.description('How many uploads at most; 100 when absent.'))),
  after: v.optional(v.pipe(id, v.description('What `next` of the page before said.'))),
})

export type UploadList = v.InferOutput<typeof uploadList>

/** The body of `upload_show`, and of the actions on an upload in parts that need no more. */
export const uploadShow = v.object({ id: v.pipe(id, v.description('The upload.')) })

const why = v.pipe(
  text(1000),
  v.check((value) => value.trim() !== '', 'Must not be empty'),
  v.description('Why the file is taken back. The record shows it for good.'),
)

/** The body of `upload_remove`. */
export const uploadRemove = v.object({ id: uploadShow.entries.id, reason: why })
