import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import * as v from 'valibot'
import { optional, wholeNumber } from '../actions/fields.ts'
import { refusal, validate } from '../http/validate.ts'
import { isGiven, type Search } from './search.ts'

type Equality = readonly [column: string, value: string | number | boolean]

/** Files of one owner, selected by equal values of columns. */
export interface Selection {
  readonly owner: JsonObject
  readonly conditions: readonly Equality[]
  readonly completed: boolean | undefined
}

const OWNER = ['owner_type', 'owner_id']
/** The other columns that every file shows, with values that compare as texts. */
const COLUMNS = ['id', 'name', 'location', 'content_type', 'size', 'hash', 'algorithm', 'storage', 'pinned']
const DEFAULT_ROWS = 10

const count = optional(wholeNumber(0, Number.MAX_SAFE_INTEGER))
const page = v.looseObject({ start: count, rows: count })

/** Throws `RefusedError` for a search without an owner, and for filters other than equal values. */
export function selectionOfSearch({ filters, completed }: Search): Selection {
  const equalities = filters.flatMap(equalitiesIn)
  const owner = Object.fromEntries(equalities.filter(([column]) => OWNER.includes(column)))
  if (!OWNER.every((name) => isGiven(owner[name]))) throw unsupported('the search needs owner_type and owner_id')
  return { owner, conditions: equalities.filter(([column, value]) => owner[column] !== value), completed }
}

/** CKAN itself ignores fields of a scan that are no columns. */
export function selectionOfScan({ filters, completed }: Search): Selection {
  const columns = Object.entries(Object.assign({}, ...filters) as JsonObject).filter(([, value]) => isGiven(value))
  const [owner, others] = [OWNER, COLUMNS].map((names) => columns.filter(([name]) => names.includes(name)))
  return {
    owner: Object.fromEntries(owner ?? []),
    conditions: equalitiesIn(Object.fromEntries(others ?? [])),
    completed,
  }
}

function equalitiesIn(filter: JsonObject): readonly Equality[] {
  return Object.entries(filter).flatMap(([column, value]): readonly Equality[] => {
    if (column === '$and' && Array.isArray(value)) return value.filter(isObject).flatMap(equalitiesIn)
    const wanted = isObject(value) && Object.keys(value).join() === '$eq' ? value['$eq'] : value
    const isScalar = typeof wanted === 'string' || typeof wanted === 'number' || typeof wanted === 'boolean'
    if ([...OWNER, ...COLUMNS].includes(column) && isScalar) return [[column, wanted]]
    throw unsupported(`the filter ${column.slice(0, 100)} is something else`)
  })
}

/** Whether the selection is all files of the owner. */
export function isWhole({ conditions, completed }: Selection): boolean {
  return completed === undefined && conditions.length === 0
}

/** The page of the selected files. An incomplete file has the size that has arrived. */
export function selectFiles(files: readonly unknown[], { conditions, completed }: Selection, paging: JsonObject) {
  const { start = 0, rows = DEFAULT_ROWS } = validate(page, paging)
  const found = files.filter(isObject).filter((file) => {
    const isComplete = !(isObject(file['storage_data']) && 'uploaded' in file['storage_data'])
    if (completed !== undefined && completed !== isComplete) return false
    return conditions.every(([column, value]) => String(file[column]) === String(value))
  })
  return { count: found.length, results: found.slice(start, start + rows) }
}

function unsupported(why: string) {
  const can = `The files of one owner can be selected by equal values of ${COLUMNS.join(', ')}`
  return refusal({ filters: [`${can}, but ${why}: other searches need files_file_search of ckanext-files`] })
}
