import { isObject, type JsonObject, parseJson } from '@ckan-uplink/core/support'
import * as v from 'valibot'
import { flag, optional } from '../actions/fields.ts'
import { refusal, validate } from '../http/validate.ts'

/** A search for files by the parameters of ckanext-files 1.0 or 1.3. */
export interface Search {
  /** All of these hold. */
  readonly filters: readonly JsonObject[]
  /** Only complete files, or only incomplete ones. */
  readonly completed: boolean | undefined
  /** `start`, `rows` and `sort`, as CKAN reads them. */
  readonly paging: JsonObject
}

const flags = v.looseObject({ reverse: optional(flag), completed: optional(flag) })

/** In 1.0, each column is a field of its own, and `reverse` turns the order. */
export function readSearch(fields: JsonObject): Search {
  const { filters, start, rows, sort, reverse: _, completed: __, ...columns } = fields
  const { reverse, completed } = validate(flags, fields)
  const order = reverse === true ? reversed(isGiven(sort) ? sort : 'name') : sort
  return {
    filters: [readFilters(filters), columns].filter((filter) => Object.keys(filter).length > 0),
    completed,
    paging: Object.fromEntries(Object.entries({ start, rows, sort: order }).filter(([, value]) => isGiven(value))),
  }
}

/** As everywhere in CKAN's API, null and an empty text are no value. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function readFilters(sent: unknown): JsonObject {
  if (!isGiven(sent)) return {}
  const filters = typeof sent === 'string' ? parseJson(sent) : sent
  if (isObject(filters)) return filters
  throw refusal({ filters: ['Must be an object, or the JSON of an object'] })
}

function reversed(sort: unknown): unknown {
  return [sort].flat().map((part) => {
    const [column, direction = 'asc'] = [part].flat()
    return [column, direction === 'asc' ? 'desc' : 'asc']
  })
}

/** The fields of the search in ckanext-files 1.3. There, an incomplete file has the size that has arrived. */
export function toSearchFields({ filters, completed, paging }: Search): JsonObject {
  const state = { storage_data: { uploaded: { [completed ? '$is' : '$isnot']: null } } }
  const all = completed === undefined ? filters : [...filters, state]
  return { ...paging, filters: all.length > 1 ? { $and: all } : (all[0] ?? {}) }
}
