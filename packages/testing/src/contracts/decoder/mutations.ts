import { parseJson } from '@ckan-uplink/core/support'
import fc from 'fast-check'

/** Another value in one place of JSON. */
export interface Place {
  /** Names and indexes, from the outside in. */
  readonly path: readonly string[]
  put(value: unknown): unknown
}

/** Deeper than any notification is. */
const MAX_LEVELS = 8

/** Every place in a value of JSON, itself among them; in texts that hold JSON, too, as an SNS envelope does. */
export function placesIn(value: unknown, levels = MAX_LEVELS): readonly Place[] {
  const own: Place = { path: [], put: (other) => other }
  const inner = typeof value === 'string' ? innerJson(value) : undefined
  if (inner !== undefined)
    return [
      own,
      ...placesIn(inner, levels).map(({ path, put }) => ({ path, put: (other: unknown) => toJson(put(other)) })),
    ]
  if (typeof value !== 'object' || value === null || levels === 0) return [own]
  const below = Object.entries(value).flatMap(([name, item]) =>
    placesIn(item, levels - 1).map(({ path, put }) => ({
      path: [name, ...path],
      put: (other: unknown) =>
        Array.isArray(value)
          ? value.map((each, index) => (String(index) === name ? put(other) : each))
          : { ...value, [name]: put(other) },
    })),
  )
  return [own, ...below]
}

/** JSON.stringify fails on very deep nesting. A text that is nested as deep replaces its result. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return '['.repeat(100 * DEEP)
  }
}

function innerJson(text: string): unknown {
  return /^[[{]/u.test(text) ? parseJson(text) : undefined
}

/** JSON.stringify can write it. */
const DEEP = 1_000

/** Lists in lists, as deep as that. */
export function nested(levels: number): unknown {
  let value: unknown = []
  for (let level = 1; level < levels; level += 1) value = [value]
  return value
}

const NAMES = ['Records', 'detail-type', 'Type', 'Message', 'Event', 'specversion', 'action', 'key', '__proto__']

const named = fc.dictionary(fc.constantFrom(...NAMES), fc.anything({ maxDepth: 1, maxKeys: 3 }))

/** What else may stand in a place. */
const others = fc.oneof(
  { weight: 9, arbitrary: fc.anything({ maxDepth: 2, maxKeys: 3 }) },
  { weight: 9, arbitrary: fc.constantFrom(undefined, null, '', 0, [], {}, '[]', '{}', 'null', '%', '+', 's3:', '/') },
  { weight: 9, arbitrary: named },
  { weight: 9, arbitrary: fc.array(named, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(nested(DEEP)) },
)

/**
 * One of the samples with one to three places changed; at times as text, which may be cut, or have a character changed.
 */
export function mutationsOf(samples: readonly unknown[]): fc.Arbitrary<unknown> {
  const changes = fc.array(fc.tuple(fc.nat(), others), { minLength: 1, maxLength: 3 })
  const changed = fc
    .tuple(fc.constantFrom(...samples), changes)
    .map(([sample, all]) => all.reduce((value, [place, other]) => changeAt(value, place, other), sample))
  const damaged = fc
    .tuple(fc.constantFrom(...samples), fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }))
    .map(([sample, place, text]) => damageAt(JSON.stringify(sample), place, text))
  return fc.oneof(changed, damaged)
}

function changeAt(value: unknown, place: number, other: unknown): unknown {
  const places = placesIn(value)
  return places[place % places.length]?.put(other)
}

function damageAt(text: string, place: number, other: string): string {
  const at = place % text.length
  return other === '' ? text.slice(0, at) : text.slice(0, at) + other + text.slice(at + 1)
}
