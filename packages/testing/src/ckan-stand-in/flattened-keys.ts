import { ActionError, integrityError } from './action-error.ts'
import { type Fields, isFields, type Json, sameJson } from './json.ts'

type Path = readonly (string | number)[]

/** A flattened key that leads nowhere, or a value of another kind than what it meets. `DataError` in CKAN. */
class UnmatchedError extends Error {
  override readonly name = 'UnmatchedError'
}

/** What CKAN answers to an unmatched key outside `update`: 400 with the request echoed. Other errors are passed on. */
export function toIntegrityError(thrown: unknown, params: Fields): unknown {
  return thrown instanceof UnmatchedError ? integrityError(thrown.message, params) : thrown
}

/** What CKAN answers where a single parameter is at fault; other errors are passed on. */
export function toFault(thrown: unknown, parameter: string): unknown {
  return thrown instanceof UnmatchedError
    ? new ActionError(409, { [parameter]: [thrown.message], __type: 'Validation Error' })
    : thrown
}

/**
 * Follows `a__b__c`. In a list a part of five or more characters names the first item whose id starts with it, a
 * shorter one is an index, negative from the end.
 */
export function resolveKey(data: Json, key: string): { value: Json; path: Path } {
  const path: (string | number)[] = []
  let current = data
  for (const part of key.split('__')) {
    const step = stepInto(current, part)
    if (step === undefined) throw new UnmatchedError(`Unmatched key ${[...path, part].join('__')}`)
    path.push(step.at)
    current = step.value
  }
  return { value: current, path }
}

function stepInto(current: Json, part: string): { at: string | number; value: Json } | undefined {
  if (isFields(current)) {
    const value = current[part]
    return value === undefined ? undefined : { at: part, value }
  }
  if (!Array.isArray(current)) return undefined
  const at = indexOf(current, part)
  const value = current.at(at ?? current.length)
  return at === undefined || value === undefined ? undefined : { at, value }
}

function indexOf(list: readonly Json[], part: string): number | undefined {
  if (part.length < 5) return /^-?\d+$/u.test(part) ? Number(part) : undefined
  const index = list.findIndex((item) => isFields(item) && String(item['id']).startsWith(part))
  return index < 0 ? undefined : index
}

/** The paths at which `data` isn't what `wanted` says; what `wanted` doesn't mention may be anything. */
export function differences(data: Json | undefined, wanted: Json, path: Path = []): Path[] {
  if (isFields(wanted)) {
    if (!isFields(data)) return [path]
    return Object.keys(wanted)
      .sort()
      .flatMap((key) => differences(data[key], wanted[key] ?? null, [...path, key]))
  }
  if (Array.isArray(wanted)) {
    return Array.isArray(data)
      ? wanted.flatMap((item, index) => differences(data[index], item, [...path, index]))
      : [path]
  }
  return sameJson(data, wanted) ? [] : [path]
}

/** Lays `update` over `data`, in place: objects and lists are gone into, everything else is replaced. */
export function merge(data: Fields | Json[], update: Json, path: Path = []): void {
  const kind = Array.isArray(data) ? 'list' : 'dict'
  const entries =
    Array.isArray(data) === Array.isArray(update) && isContainer(update) ? Object.entries(update) : undefined
  if (entries === undefined) throw new UnmatchedError(`Expected ${kind} for ${path.join('__')}`)
  for (const [key, value] of entries) mergeAt(data, key, value, path)
}

/** Sets what a flattened key points at; `…__extend` adds to a list. In place. */
export function mergeKey(data: Fields, key: string, value: Json): void {
  const parts = key.split('__')
  const last = parts.pop() ?? ''
  const { value: target, path } = parts.length === 0 ? { value: data, path: [] } : resolveKey(data, parts.join('__'))
  if (isFields(target)) merge(target, { [last]: value }, path)
  else if (!Array.isArray(target)) throw new UnmatchedError(`Expected list or dict for ${parts.join('__')}`)
  else if (last === 'extend') extend(target, value, parts.join('__'))
  else mergeAt(target, String(atIndex(target, last)), value, path)
}

function mergeAt(data: Fields | Json[], key: string, value: Json, path: Path): void {
  const present = Array.isArray(data) ? data[Number(key)] : data[key]
  if (isContainer(present)) merge(present, value, [...path, key])
  else if (!Array.isArray(data)) data[key] = value
  else if (present === undefined) data.push(value)
  else data[Number(key)] = value
}

function isContainer(value: Json | undefined): value is Fields | Json[] {
  return Array.isArray(value) || isFields(value)
}

function atIndex(list: Json[], part: string): number {
  const index = Number(resolveKey(list, part).path[0])
  return index < 0 ? list.length + index : index
}

function extend(list: Json[], value: Json, key: string): void {
  if (!Array.isArray(value)) throw new UnmatchedError(`Expected list for ${key}`)
  list.push(...value)
}
