import type { ObjectStore } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ODD_NAMES } from './odd-keys.ts'

export interface StoreSubject {
  readonly store: ObjectStore
  close(): Promise<void>
}

export interface StoreCases {
  /** Whether the cases with more than a thousand requests run. Default: true. */
  readonly thousands?: boolean
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

/** What every `ObjectStore` promises. Each test works below a prefix of its own and leaves its objects there. */
export function describeObjectStore(
  name: string,
  start: () => Promise<StoreSubject>,
  { thousands = true }: StoreCases = {},
): void {
  describe(`ObjectStore of ${name}`, () => {
    let subject: StoreSubject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())
    const prefix = (): string => `contract/${crypto.randomUUID()}/`

    describeContent(() => subject.store, prefix)
    describePurge(() => subject.store, prefix)
    describeConditions(() => subject.store, prefix)
    describeListing(() => subject.store, prefix)
    if (thousands) describePages(() => subject.store, prefix)
  })
}

function describeContent(store: () => ObjectStore, prefix: () => string): void {
  it('returns a stored object with its size, type and ETag', async () => {
    const key = `${prefix()}data.csv`
    const before = Date.now()
    const etag = await store().put(key, bytesOf('a,b\n1,2\n'), { contentType: 'text/csv' })
    const found = await store().get(key)
    expect(textOf(found?.bytes)).toBe('a,b\n1,2\n')
    expect(found?.object).toMatchObject({ key, size: 8, contentType: 'text/csv', etag })
    expect(found?.object).toEqual(await store().head(key))
    expect(Math.abs((found?.object.modifiedAt.getTime() ?? 0) - before)).toBeLessThan(60_000)
  })

  it('says no encoding of an object that has none', async () => {
    const key = `${prefix()}data.csv`
    await store().put(key, bytesOf('a,b\n'))
    expect([await store().head(key), (await store().get(key))?.object]).toEqual([
      expect.not.objectContaining({ contentEncoding: expect.anything() }),
      expect.not.objectContaining({ contentEncoding: expect.anything() }),
    ])
  })

  it('gives ETags without quotes', async () => {
    expect(await store().put(`${prefix()}data.csv`, bytesOf('a'))).toMatch(/^[^"]+$/u)
  })

  it.each(ODD_NAMES)('keeps the name %s', async (name) => {
    const below = prefix()
    await store().put(below + name, bytesOf(name))
    expect(textOf((await store().get(below + name))?.bytes)).toBe(name)
    expect((await store().head(below + name))?.key).toBe(below + name)
    expect(await keysOf(store().list(below))).toEqual([below + name])
  })

  it('knows nothing of an object that is not there', async () => {
    const key = `${prefix()}none`
    expect(await store().head(key)).toBeUndefined()
    expect(await store().get(key)).toBeUndefined()
    expect(await store().sha256(key, 'any')).toBeUndefined()
  })

  it.each([
    [{ length: 3 }, '012'],
    [{ offset: 7 }, '789'],
    [{ offset: 2, length: 3 }, '234'],
    [{ offset: 8, length: 100 }, '89'],
    [{ offset: 10, length: 5 }, ''],
  ])('reads the range %j', async (range, expected) => {
    const key = `${prefix()}digits`
    await store().put(key, bytesOf('0123456789'))
    const found = await store().get(key, range)
    expect(textOf(found?.bytes)).toBe(expected)
    expect(found?.object.size).toBe(10)
  })

  it('reads the first bytes of an empty object', async () => {
    const key = `${prefix()}empty`
    await store().put(key, new Uint8Array())
    expect((await store().get(key, { length: 16 }))?.bytes).toEqual(new Uint8Array())
  })

  it('computes the checksum of the content that has the ETag, and of no other', async () => {
    const key = `${prefix()}abc`
    const etag = (await store().put(key, bytesOf('abc'))) ?? ''
    expect(await store().sha256(key, etag)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    await store().put(key, bytesOf('abcd'))
    expect(await store().sha256(key, etag)).toBeUndefined()
  })

  it('removes an object, and removes it again without complaint', async () => {
    const key = `${prefix()}gone`
    await store().put(key, bytesOf('x'))
    await store().remove(key)
    await store().remove(key)
    expect(await store().head(key)).toBeUndefined()
  })
}

function describePurge(store: () => ObjectStore, prefix: () => string): void {
  it('removes an object with all its versions, again without complaint, and none whose key merely begins with its own', async () => {
    const key = `${prefix()}plain`
    const longer = [`${key}/below`, `${key}-beside`, `${key}é`]
    for (const text of ['first', 'second', 'third']) await store().put(key, bytesOf(text))
    await Promise.all(longer.map((other) => store().put(other, bytesOf(other))))
    expect(await store().purge(key)).toBeUndefined()
    expect(await store().purge(key)).toBeUndefined()
    expect(await store().head(key)).toBeUndefined()
    expect(await keysOf(store().list(key))).toEqual([...longer].sort(byUtf8))
    await store().put(key, bytesOf('again'))
    expect(textOf((await store().get(key))?.bytes)).toBe('again')
  })
}

function describeConditions(store: () => ObjectStore, prefix: () => string): void {
  it('creates only where nothing is', async () => {
    const key = `${prefix()}record`
    expect(await store().put(key, bytesOf('first'), { onlyIf: 'absent' })).toBeDefined()
    expect(await store().put(key, bytesOf('second'), { onlyIf: 'absent' })).toBeUndefined()
    expect(textOf((await store().get(key))?.bytes)).toBe('first')
  })

  it('changes an object only if it is as it was read', async () => {
    const key = `${prefix()}record`
    const first = (await store().put(key, bytesOf('first'))) ?? ''
    const second = (await store().put(key, bytesOf('second'), { onlyIf: { etag: first } })) ?? ''
    expect(second).not.toBe(first)
    expect(await store().put(key, bytesOf('third'), { onlyIf: { etag: first } })).toBeUndefined()
    expect(textOf((await store().get(key))?.bytes)).toBe('second')
  })

  it('changes nothing that is not there', async () => {
    const key = `${prefix()}record`
    expect(
      await store().put(key, bytesOf('x'), { onlyIf: { etag: '0123456789abcdef0123456789abcdef' } }),
    ).toBeUndefined()
    expect(await store().head(key)).toBeUndefined()
  })

  it('lets exactly one of ten creators win', async () => {
    const key = `${prefix()}race`
    const etags = await Promise.all(
      Array.from({ length: 10 }, (_, index) => store().put(key, bytesOf(`writer ${index}`), { onlyIf: 'absent' })),
    )
    expect(etags.filter((etag) => etag !== undefined)).toEqual([(await store().head(key))?.etag])
  })

  it('lets exactly one of ten changers win', async () => {
    const key = `${prefix()}race`
    const etag = (await store().put(key, bytesOf('start'))) ?? ''
    const etags = await Promise.all(
      Array.from({ length: 10 }, (_, index) => store().put(key, bytesOf(`writer ${index}`), { onlyIf: { etag } })),
    )
    expect(etags.filter((changed) => changed !== undefined)).toEqual([(await store().head(key))?.etag])
  })
}

function describeListing(store: () => ObjectStore, prefix: () => string): void {
  it('lists in the order of the UTF-8 bytes, below the prefix alone', async () => {
    const below = prefix()
    const names = ['B', 'a', 'a b', 'a/b', 'a0', 'é', '～', '🙂']
    await Promise.all(
      [...names].reverse().map((name) => store().put(below + name, bytesOf(name), { contentType: 'text/plain' })),
    )
    await store().put(`${below.slice(0, -1)}-sibling/a`, bytesOf('x'))
    const listed = await collect(store().list(below))
    expect(listed.map(({ key }) => key.slice(below.length))).toEqual(names.sort(byUtf8))
    const { key, size, etag, modifiedAt } = (await store().head(`${below}B`)) ?? {}
    expect(listed[0]).toMatchObject({ key, size, etag })
    // HTTP's own dates have no fractions of a second.
    expect(Math.abs(Number(listed[0]?.modifiedAt) - Number(modifiedAt))).toBeLessThan(1_000)
  })

  it('lists from behind a key, whether that is there or not', async () => {
    const below = prefix()
    await Promise.all(['a', 'b', 'd'].map((name) => store().put(below + name, bytesOf(name))))
    expect(await keysOf(store().list(below, { after: `${below}b` }))).toEqual([`${below}d`])
    expect(await keysOf(store().list(below, { after: `${below}c` }))).toEqual([`${below}d`])
    expect(await keysOf(store().list(below, { after: `${below}d` }))).toEqual([])
  })
}

function describePages(store: () => ObjectStore, prefix: () => string): void {
  it('lists more than a thousand objects, each once', { timeout: 60_000 }, async () => {
    const below = prefix()
    const keys = Array.from({ length: 1_050 }, (_, index) => `${below}${String(index).padStart(4, '0')}`)
    for (let start = 0; start < keys.length; start += 50) {
      await Promise.all(keys.slice(start, start + 50).map((key) => store().put(key, bytesOf(key))))
    }
    expect(await keysOf(store().list(below))).toEqual(keys)
    expect(await keysOf(store().list(below, { after: keys[9] ?? '' }))).toEqual(keys.slice(10))
  })
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

async function keysOf(objects: ReturnType<ObjectStore['list']>): Promise<readonly string[]> {
  return (await collect(objects)).map(({ key }) => key)
}

function byUtf8(a: string, b: string): number {
  const [x, y] = [bytesOf(a), bytesOf(b)]
  const index = x.findIndex((byte, at) => byte !== y[at])
  return index === -1 ? x.length - y.length : (x[index] ?? 0) - (y[index] ?? -1)
}
