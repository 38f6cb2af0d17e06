import { invalid } from './action-error.ts'
import { type Fields, isFields, type Json } from './json.ts'

/** A row of CKAN's table of files, with its owner. */
export interface FileRow {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly storage: string
  readonly contentType: string
  readonly size: Json
  readonly hash: string
  readonly created: string
  readonly owner: FileOwner & { readonly pinned: boolean }
}

export interface FileOwner {
  readonly type: string
  readonly id: string
}

/** A file as CKAN shows it. */
export function showFile({ contentType, owner, ...columns }: FileRow): Fields {
  return {
    ...columns,
    content_type: contentType,
    algorithm: 'md5',
    storage_data: {},
    owner_type: owner.type,
    owner_id: owner.id,
    pinned: owner.pinned,
  }
}

/** A page of the files that pass the filter. A sort is a column, or a list of columns with their directions. */
export function findFiles(rows: readonly FileRow[], filter: Fields, { start, rows: limit, sort }: Fields): Json {
  const found = rows.map(showFile).filter((file) => passes(file, filter))
  const order = (Array.isArray(sort) ? sort : [sort ?? 'name']).map((part) => [part].flat().map(String))
  found.sort((a, b) => {
    for (const [column = '', direction] of order) {
      const [left, right] = [String(a[column]), String(b[column])]
      if (left !== right) return left < right === (direction !== 'desc') ? -1 : 1
    }
    return 0
  })
  const from = Number(start ?? 0)
  return { count: found.length, results: found.slice(from, from + Number(limit ?? 10)) }
}

function passes(file: Fields, filter: Fields): boolean {
  return Object.entries(filter).every(([column, wanted]) => {
    const filters = Array.isArray(wanted) ? wanted.filter(isFields) : []
    if (column === '$and') return filters.every((inner) => passes(file, inner))
    if (column === '$or') return filters.some((inner) => passes(file, inner))
    if (!(column in file)) throw invalid({ filters: [`Unknown filter: ${column}`] })
    return meets(file[column], wanted)
  })
}

const OPERATORS: Readonly<Record<string, (value: Json | undefined, wanted: Json) => boolean>> = {
  $eq: meets,
  $is: meets,
  $ne: (value, wanted) => !meets(value, wanted),
  $isnot: (value, wanted) => !meets(value, wanted),
  $lt: (value, wanted) => Number(value) < Number(wanted),
  $gt: (value, wanted) => Number(value) > Number(wanted),
}

function meets(value: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => meets(value, one))
  if (!isFields(wanted)) return String(value ?? null) === String(wanted)
  return Object.entries(wanted).every(([key, inner]) => {
    if (!key.startsWith('$')) return meets(isFields(value) ? value[key] : undefined, inner)
    const operator = OPERATORS[key]
    if (operator === undefined) throw invalid({ filters: [`Operator ${key} is not supported`] })
    return operator(value, inner)
  })
}
