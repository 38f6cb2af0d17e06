import { hasForbiddenCharacters, visibleName } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { named } from '../http/named.ts'

/** The values by which a caller leaves out a field. */
export const notGiven = named(
  'NotGiven',
  v.pipe(
    v.union([v.null(), v.literal('')]),
    v.transform(() => undefined),
  ),
)

/** A field that a caller may leave out. As in CKAN, null and an empty text say the same. */
export function optional<const S extends v.GenericSchema>(schema: S) {
  return v.optional(v.union([schema, notGiven], ({ issues }) => issues?.[0].message ?? 'Is not valid'))
}

/** A whole number. Form bodies carry numbers as strings of digits. */
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

export function text(maxLength: number) {
  return v.pipe(v.string('Must be a string'), v.maxLength(maxLength, `Must be at most ${maxLength} characters long`))
}

/** Text that is not blank. */
export function filledText(maxLength: number) {
  return v.pipe(
    text(maxLength),
    v.check((value) => value.trim() !== '', 'Must not be empty'),
  )
}

/** An id by its characters alone: the handler checks whether the thing exists. */
export const id = v.pipe(text(120), v.regex(/^[0-9A-Za-z _-]+$/, 'Must be an id: letters, digits, blanks, - and _'))

/** The id of an upload. */
export const uploadId = v.pipe(id, v.description('The upload.'))

/** The body of actions that need only the id of an upload. */
export const uploadOnly = v.object({ id: uploadId })

/** A file name. Invisible characters at its ends are dropped. */
export function fileName(description: string) {
  return v.pipe(
    text(255),
    // The API description ends at the transformation.
    v.description(description),
    v.transform(visibleName),
    filledText(255),
    v.check(
      (value) => !hasForbiddenCharacters(value),
      'Must be a file name without slashes, control characters or marks of writing direction',
    ),
  )
}

const MEDIA_TYPE = 'Must be a media type such as text/csv'
export const mimetype = v.pipe(
  text(255),
  v.regex(
    /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?: *; *[A-Za-z0-9!#$&^_.+-]+=[A-Za-z0-9!#$&^_.+-]+)*$/,
    MEDIA_TYPE,
  ),
  v.description('The media type of the file.'),
)

export const format = v.pipe(
  text(100),
  v.check((value) => !/\p{Cc}/u.test(value), 'Must not contain control characters'),
  v.description('The format as CKAN names it, for example CSV.'),
)

export const fileSize = v.pipe(wholeNumber(0, Number.MAX_SAFE_INTEGER), v.description('The size in bytes.'))

export const hash = v.pipe(
  v.string('Must be a string'),
  v.regex(/^sha256:[0-9A-Fa-f]{64}$/, 'Must be sha256: and 64 hexadecimal digits'),
  v.toLowerCase(),
  v.description('The SHA-256 of the file.'),
)

const TRUE_WORD = /^[ty1]/iu
/** JSON Schema knows no flags of patterns. */
const BOOLEAN_WORD = /^(?:[Tt](?:[Rr][Uu][Ee])?|[Yy](?:[Ee][Ss])?|1|[Ff](?:[Aa][Ll][Ss][Ee])?|[Nn][Oo]?|0)$/

/**
 * A boolean, in every form that CKAN's `boolean_validator` knows. CKAN takes all other words for false. The gateway
 * refuses them, so that a typing error does not go unnoticed.
 */
export const flag = v.union(
  [
    v.boolean(),
    v.pipe(
      v.number(),
      v.integer(),
      v.transform((number) => number !== 0),
    ),
    v.pipe(
      v.string(),
      v.regex(BOOLEAN_WORD),
      v.transform((word) => TRUE_WORD.test(word)),
    ),
  ],
  'Must be true or false',
)

export const reusable = v.pipe(
  flag,
  v.description(
    'Whether the URL accepts further files until it expires. The linker updates CKAN at most once a minute.',
  ),
)
