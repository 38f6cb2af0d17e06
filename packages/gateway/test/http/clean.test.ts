import { growthOf } from '@ckan-uplink/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCleaner } from '../../src/http/clean/index.ts'

const ACTIONS = ['resource_patch', 'package_update', 'package_revise']
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data; boundary="x-y"'
const encoder = new TextEncoder()

/** The body as it comes out of the cleaner, given in chunks of these sizes, over and over. */
function clean(action: string, type: string, body: string, sizes: readonly number[] = [body.length + 1]): string {
  const cleaner = createCleaner(action, type)
  if (cleaner === undefined) return body
  const bytes = encoder.encode(body)
  const pieces: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(cleaner.write(bytes.slice(at, at + size)))
    at += size
  }
  pieces.push(...cleaner.end())
  return Buffer.concat(pieces).toString()
}

/** The expected output for a value, by its place in the body. */
function expected(action: string, body: unknown): unknown {
  return action === 'resource_patch' ? withoutOurs(body) : dataset(body, true)
}

function dataset(value: unknown, isOuter = false): unknown {
  return mapObject(value, (key, member) => {
    const isResources = /^((match|update)__)?resources(__|$)/u.test(key)
    if (isResources && /__(upload|presigned_url)$/u.test(key)) return []
    if (isResources) return [Array.isArray(member) ? member.map(withoutOurs) : withoutOurs(member)]
    return [isOuter && /^(update|match)$/u.test(key) ? dataset(member) : member]
  })
}

function withoutOurs(value: unknown): unknown {
  return mapObject(value, (key, member) => (key === 'upload' || key === 'presigned_url' ? [] : [member]))
}

function mapObject(value: unknown, map: (key: string, member: unknown) => readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => map(key, member).map((kept) => [key, kept])),
  )
}

const keys = fc.constantFrom(
  'upload',
  'presigned_url',
  'resources',
  'update',
  'match',
  'id',
  'update__resources__r1',
  'update__resources__r1__upload',
  'match__resources__r1__presigned_url',
  'resources__extend',
  '"\\',
  'é📊',
)
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 1.5, '', '{"upload": [', 'presigned_url', '\\', '\u0000', 'Städte'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
  ),
}))
const bodies = fc.dictionary(keys, values, { maxKeys: 6 })
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const indents = fc.constantFrom(undefined, 1, '\t \r\n')

describe('JSON on its way to CKAN', () => {
  it.each(ACTIONS)('keeps all but what the gateway has added, in any form and in any pieces: %s', (action) => {
    fc.assert(
      fc.property(bodies, sizes, indents, (body, pieces, indent) => {
        const text = JSON.stringify(body, undefined, indent)
        const cleaned = clean(action, JSON_TYPE, text, pieces)
        expect(JSON.parse(cleaned)).toEqual(expected(action, body))
        expect(encoder.encode(cleaned).length).toBe(encoder.encode(text).length)
        if (JSON.stringify(expected(action, body)) === JSON.stringify(body)) expect(cleaned).toBe(text)
      }),
    )
  })

  it('keeps every digit beside removed members, and recognizes an escaped name', () => {
    const body = '{"\\u0075pload": 1, "n": 12345678901234567890.10, "presigned_url" : "x" }'
    expect(clean('resource_update', JSON_TYPE, body).trimEnd()).toBe('{ "n": 12345678901234567890.10}')
  })

  it.each([
    '{"upload": ',
    '{"upload": 1]',
    '{"a" "upload"}',
    '[{"upload": 1}]',
    '"upload"',
    '',
    '{,"upload":1}',
    '\ufeff{"a": 1}',
    `{"${'x'.repeat(20_000)}": {"upload": 1}}`,
    `{ "id": "x",${' '.repeat(1000)}"name": "y" }`,
  ])('is as long as before when there is nothing to clean, or no JSON: %s', (body) => {
    for (const size of [1, 7, 50_000]) {
      const cleaned = clean('resource_patch', JSON_TYPE, body, [size])
      expect(encoder.encode(cleaned).length).toBe(encoder.encode(body).length)
      if (!body.startsWith('{"upload": ')) expect(cleaned).toBe(body)
    }
  })

  it('may hold more blanks than are held', () => {
    const cleaned = clean('resource_patch', JSON_TYPE, `{"a":1,${' '.repeat(20_000)}"upload":2}`)
    expect([cleaned.length, cleaned.trimEnd()]).toEqual([20_018, '{"a":1}'])
  })
})

describe('a form on its way to CKAN', () => {
  it.each([
    ['resource_patch', 'id=r&presigned_url=https://x?a=1&name=n', 'id=r&name=n'],
    ['resource_patch', 'presigned%5Furl=x&id=r&upload=y', '&id=r&upload=y'],
    ['resource_patch', 'presigned_url', ''],
    ['package_revise', 'update__resources__r__presigned_url=x&presigned_url=y', '&presigned_url=y'],
    ['package_patch', 'resources=1&a', 'resources=1&a'],
  ])('keeps all but what the gateway has added, in any pieces: %s %s', (action, body, left) => {
    for (const size of [1, 2, 5, 1000]) expect(clean(action, FORM, body, [size])).toBe(left.padEnd(body.length, '&'))
  })

  const part = (name: string, content: string) =>
    `--x-y\r\nContent-Disposition: form-data; name="${name}"; filename="a"\r\n\r\n${content}\r\n`
  const contents = fc.array(fc.constantFrom('\r\n', '\r', '--x-y', '--x-', 'z', '--x-yz', '\r\n--x-', 'é'), {
    maxLength: 6,
  })
  const content = contents.map((pieces) => pieces.join('').replaceAll('\r\n--x-y', '\r\n--x-Y'))
  const parts = fc.array(fc.tuple(fc.constantFrom('presigned_url', 'upload', 'id'), content), { maxLength: 5 })

  it('with files keeps all but what the gateway has added, in any pieces', () => {
    fc.assert(
      fc.property(parts, sizes, fc.boolean(), (given, pieces, isClosed) => {
        const end = isClosed ? '--x-y--\r\n' : ''
        const body = given.map(([name, text]) => part(name, text)).join('') + end
        const kept = given.filter(([name]) => name !== 'presigned_url').map(([name, text]) => part(name, text))
        const cleaned = clean('resource_update', MULTIPART, body, pieces)
        expect(encoder.encode(cleaned).length).toBe(encoder.encode(body).length)
        // The line break before a first boundary is that of a part that was taken out.
        if (isClosed) expect(cleaned.trimEnd().replace(/^\r\n/u, '')).toBe((kept.join('') + end).trimEnd())
      }),
    )
  })

  it.each([
    ['package_patch', FORM, 'a=1&'.repeat(501)],
    ['package_patch', MULTIPART, part('a', '1').repeat(501)],
    ['status_show', FORM, 'a=1&'.repeat(501)],
    ['status_show', MULTIPART, part('a', '1').repeat(501)],
  ])('may have 500 fields, for any action: %s %s', (action, type, body) => {
    expect(() => clean(action, type, body)).toThrow('A form may have 500 fields at most')
  })

  it('may have short headers alone', () => {
    expect(() => clean('package_patch', MULTIPART, part('x'.repeat(9000), ''), [100])).toThrow('8192 bytes at most')
  })
})

describe('the time of cleaning', () => {
  it.each([
    [JSON_TYPE, '{"upload":', ''],
    [JSON_TYPE, '"upload":1,', '{'],
    [JSON_TYPE, '{"update":', ''],
    [JSON_TYPE, '[', '{"resources":'],
    [JSON_TYPE, '"', '{'],
    [JSON_TYPE, ' ', '{"a":1,'],
    [JSON_TYPE, '\\', '{"'],
    [FORM, 'presigned_url=', ''],
    [FORM, '%', ''],
    [FORM, '+', 'a='],
    [MULTIPART, '\r\n--x', '--x-y\r\n\r\n\r\n'],
    [MULTIPART, '\r', '--x-y\r\n\r\n\r\n'],
    [MULTIPART, '\r\n', ''],
    [MULTIPART, 'x', ''],
  ])('grows no faster than the body, of %s %j', async (type, unit, start) => {
    const prepare = (size: number) => {
      const body = start + unit.repeat(Math.ceil(size / unit.length))
      return () => clean('package_revise', type, body, [16_384])
    }
    expect(await growthOf(prepare)).toBeLessThan(3)
  })
})
