import { type Decode, type Decoded, MalformedNotificationError } from '@ckan-uplink/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { growthOf } from '../../growth.ts'
import { mutationsOf, nested, placesIn } from './mutations.ts'

export interface DecoderSubject {
  readonly decode: Decode
  /** Messages that can be read, one of each kind, as values of JSON; not as text. */
  readonly samples: readonly unknown[]
}

/** More than any queue delivers. */
const MEGABYTE = 1_000_000
const DEEP = 100_000
/** What means something to JSON, base64, form encoding or a key. */
const CHARACTERS = ['x', '[', '{', '"', '\\', '%', '+', ':', '/', 'A', '=', '0', '-', ' ', '\n', '\ud800', '€']

/** What every `Decode` promises of messages that are none: a queue may carry anything. */
export function describeDecoder(name: string, { decode, samples }: DecoderSubject): void {
  const look = (body: unknown) => expectShape(readWith(decode, body))

  describe(`the decoder of ${name}`, () => {
    it('reads its samples', () => {
      for (const sample of samples) {
        expect(decode(sample).events.length).toBeGreaterThan(0)
        expect(decode(JSON.stringify(sample))).toEqual(decode(sample))
      }
    })

    it('gives whole events of mutated messages, or says in its own error that they are malformed', () => {
      fc.assert(fc.property(mutationsOf(samples), look), { numRuns: 500 })
    })

    it('survives deep nesting in any place', () => {
      const deep = nested(DEEP)
      for (const body of [...withinSamples(samples, deep), ...withinSamples(samples, '['.repeat(DEEP))]) look(body)
      look(deep)
      look('['.repeat(DEEP) + ']'.repeat(DEEP))
      look(`${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`)
    })

    it('reads a megabyte in any place, and repeats only an excerpt', () => {
      for (const body of withinSamples(samples, 'x'.repeat(MEGABYTE))) look(body)
      for (const character of CHARACTERS) look(character.repeat(MEGABYTE))
    })

    it.each(CHARACTERS)('takes no more than three times as long for twice as many %j', async (character) => {
      expect(await growthOf(readingWith((size) => character.repeat(size), 8))).toBeLessThan(3)
    })

    it.each([
      ['lists in lists', (size: number) => nested(size)],
      ['fields', (size: number) => Object.fromEntries(Array.from({ length: size }, (_, index) => [`f${index}`, 1]))],
      ['records that are none', (size: number) => Array.from({ length: size }, () => 7)],
    ])('takes no more than three times as long for twice as many %s', async (_, make) => {
      expect(await growthOf(readingWith(make, 2))).toBeLessThan(3)
    })
  })

  /** In every place that lies no deeper than so many levels. */
  function readingWith(make: (size: number) => unknown, levels: number) {
    return (size: number) => {
      const bodies = [make(size), ...withinSamples(samples, make(size), levels)]
      return () => bodies.map((body) => readWith(decode, body))
    }
  }
}

function withinSamples(samples: readonly unknown[], value: unknown, levels?: number): readonly unknown[] {
  return samples.flatMap((sample) => placesIn(sample, levels).map((place) => place.put(value)))
}

function readWith(decode: Decode, body: unknown): Decoded {
  try {
    return decode(body)
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedNotificationError)
    return { events: [], malformed: { body, reason: error instanceof Error ? error.message : '' } }
  }
}

const KINDS = ['created', 'removed']

function expectShape({ events, malformed }: Decoded): void {
  for (const { bucket, key, kind, time = '', etag = '', ...others } of events) {
    for (const text of [bucket, key, time, etag]) expect(text).toBeTypeOf('string')
    expect([bucket, key]).not.toContain('')
    expect(Math.max(bucket.length, key.length, time.length, etag.length)).toBeLessThanOrEqual(4_096)
    expect(KINDS).toContain(kind)
    expect(others).toEqual({})
  }
  if (malformed === undefined) return
  expect(malformed.reason).toBeTypeOf('string')
  expect(malformed.reason.length).toBeGreaterThan(20)
  expect(malformed.reason.length).toBeLessThan(4_000)
}
