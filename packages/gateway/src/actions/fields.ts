import { hasForbiddenCharacters } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'

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

export const fileName = v.pipe(
  filledText(255),
  v.check(
    (value) => !hasForbiddenCharacters(value),
    'Must be a file name without slashes, control characters or marks of writing direction',
  ),
  v.description('The name of the file. The extension sets the format.'),
)

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

/** A boolean. Form bodies carry it as a word. */
export const flag = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((word) => word === 'true'),
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
