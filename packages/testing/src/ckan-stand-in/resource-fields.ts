import { internalError } from './action-error.ts'
import type { Call } from './call.ts'
import { canonicalFormat, guessType } from './formats.ts'
import { type Fields, isTrue, type Json, textOf, toText } from './json.ts'
import { findByResource } from './state.ts'
import { parseTime } from './times.ts'

/** The columns that a caller writes, all text but the last ones. */
export const TEXT_COLUMNS = [
  'url',
  'description',
  'format',
  'hash',
  'name',
  'resource_type',
  'url_type',
  'mimetype',
  'mimetype_inner',
  'cache_url',
] as const
export const TIME_COLUMNS = ['created', 'last_modified', 'cache_last_updated'] as const
/** Columns that CKAN empties when an update doesn't name them; it keeps the others. */
export const REMOVED_UNLESS_SENT = ['url', 'description', 'resource_type', 'mimetype', 'mimetype_inner'] as const

const IGNORED = [
  'package_id',
  'state',
  'position',
  'extras',
  'revision_timestamp',
  'tracking_summary',
  'upload',
  'clear_upload',
  'metadata_modified',
]
const LARGEST_SIZE = 2n ** 63n - 1n

/** What CKAN's validation made of a resource, and what it objects to, by field. */
export interface ValidatedResource {
  /** Keys that are absent were absent or null. */
  readonly data: Fields
  readonly errors: Fields
}

/** Validates a resource inside the dataset `datasetId` the way CKAN's resource schema does. */
export function validateResource(call: Call, datasetId: string, input: Fields): ValidatedResource {
  const resource = withGuesses(input)
  const data: Fields = {}
  const errors: Fields = {}
  for (const [name, value] of Object.entries(resource)) {
    if (IGNORED.includes(name) || (value === null && isKnown(name)) || (name === 'id' && value === '')) continue
    const verdict = validateField(call, datasetId, name, value)
    if ('error' in verdict) errors[name] = [verdict.error]
    else data[name] = verdict.value
  }
  return { data, errors }
}

/** A field that CKAN defines. CKAN keeps other fields with any value, including null. */
function isKnown(name: string): boolean {
  return (
    name === 'id' ||
    name === 'size' ||
    name === 'datastore_active' ||
    includes(TEXT_COLUMNS, name) ||
    includes(TIME_COLUMNS, name)
  )
}

/** The media type is guessed where it isn't sent, the format only for a resource that has no id yet. */
function withGuesses(input: Fields): Fields {
  const guess = guessType(textOf(input, 'url')) ?? null
  const resource: Fields = { mimetype: guess, ...input }
  if (isTrue(input['clear_upload'])) resource['url_type'] = ''
  if (!input['format'] && !input['id'] && guess !== null) resource['format'] = guess
  return resource
}

type Verdict = { readonly value: Json } | { readonly error: string }

function validateField(call: Call, datasetId: string, name: string, value: Json): Verdict {
  if (name === 'id') return validateId(call, datasetId, toText(value))
  if (name === 'size') return validateSize(value)
  if ((name === 'format' || name === 'url') && typeof value !== 'string') throw internalError()
  if (name === 'format') return { value: canonicalFormat(toText(value)) }
  if (name === 'url') return { value: toText(value).trim() }
  if (includes(TIME_COLUMNS, name)) return validateTime(call, value)
  return { value: includes(TEXT_COLUMNS, name) ? toText(value) : value }
}

/** Whether Python's `uuid.UUID` takes the text. */
export function isUuid(id: string): boolean {
  return /^[0-9a-f]{32}$/iu.test(id.replaceAll(/urn:|uuid:|[{}-]/gu, ''))
}

function validateId(call: Call, datasetId: string, id: string): Verdict {
  if (call.version === '2.10') {
    if (/[^0-9a-zA-Z _-]/u.test(id)) return { error: 'Invalid characters in resource id' }
    if (id.length < 7 || id.length > 100) return { error: 'Invalid length for resource id' }
  } else if (!isUuid(id)) {
    return { error: 'Invalid id provided' }
  }
  const holder = findByResource(call.state, id)
  const isTaken =
    holder?.id !== datasetId && holder?.resources.some((resource) => resource.id === id && resource.state === 'active')
  return isTaken ? { error: 'Resource id already exists.' } : { value: id }
}

function validateSize(value: Json): Verdict {
  if (typeof value === 'string' && value.trim() === '') return { value: null }
  const size = typeof value === 'string' ? (/^\s*[+-]?\d+\s*$/u.test(value) ? Number(value) : Number.NaN) : value
  if (typeof size === 'boolean') return { value: Number(size) }
  if (typeof size !== 'number' || !Number.isInteger(size)) return { error: 'Invalid integer' }
  if (BigInt(size) > LARGEST_SIZE) throw internalError()
  return { value: size }
}

function validateTime(call: Call, value: Json): Verdict {
  if (value === '') return { value: null }
  const time = typeof value === 'string' ? parseTime(value, call.version) : undefined
  return time === undefined ? { error: 'Date format incorrect' } : { value: time }
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name)
}
