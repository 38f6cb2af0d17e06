import { isExactNumber, parseExactly } from '@ckan-uplink/core/support'

/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | Fields

/** A JSON object. */
export interface Fields {
  [name: string]: Json
}

/** Whether a value is a JSON object, not a list and not null. */
export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value)
}

/** Parses JSON as Python does: every number keeps its digits. Throws for other text. */
export function parseJson(text: string): Json {
  return parseExactly(text) as Json
}

/** A copy of JSON with the digits of its numbers. */
export function copyJson<T extends Json>(value: T): T {
  return parseJson(JSON.stringify(value)) as T
}

/** Whether two values are the same JSON in any order of keys. As in Python, `null` and an absent key differ. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]))
  if (isExactNumber(a) && isExactNumber(b)) return JSON.stringify(a) === JSON.stringify(b)
  if (!isFields(a) || !isFields(b)) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]))
}

/** Text as CKAN stores it in a text column: other values become JSON with Python's blanks. */
export function toText(value: Json): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, null, 1).replaceAll(/,\n */gu, ', ').replaceAll(/\n */gu, '')
}

/** Python's idea of a flag in a request. */
export function isTrue(value: Json | undefined): boolean {
  return (
    value === true ||
    value === 1 ||
    (typeof value === 'string' && ['true', 'yes', 'on', 't', 'y', '1'].includes(value.toLowerCase()))
  )
}

/** A text parameter; `''` when it is absent or no text. */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}
