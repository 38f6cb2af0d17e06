import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { StoredObject } from '../../src/index.ts'
import { type Inspector, inspect } from '../../src/link/inspect.ts'
import type { Inspection } from '../../src/link/upload.ts'
import type { Settings } from '../../src/settings/index.ts'
import type { UploadRecord } from '../../src/uploads/index.ts'
import { keyOf, RESOURCE, settingsOf } from '../support/fixtures.ts'
import { type Content, createMemoryStore, type MemoryStore } from '../support/memory-store.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { uploadOf } from '../support/uploads.ts'

const TEXT = 'a,b\n1,2\n'
/** Longer than what a look reads at once. */
const LONG_TEXT = `a,b\n${'1,2\n'.repeat(20_000)}`
const DIGEST = createHash('sha256').update(LONG_TEXT).digest('hex')
const OTHER_DIGEST = 'f'.repeat(64)
const resource = resourceOf(RESOURCE)

function inspectorOf(settings: Partial<Settings> = {}): Inspector & { readonly store: MemoryStore } {
  return { settings: settingsOf(settings), store: createMemoryStore(), checksums: new Map() }
}

async function look(
  record: Partial<UploadRecord>,
  options: { settings?: Partial<Settings>; content?: Content; fileName?: string } = {},
) {
  const inspector = inspectorOf(options.settings)
  const upload = uploadOf(keyOf(1, RESOURCE, options.fileName), record)
  inspector.store.place(upload.key, { bytes: TEXT, ...options.content })
  const inspection: Inspection = await inspect(inspector, upload, resource)
  return { inspection, store: inspector.store }
}

describe('an object', () => {
  it('is absent when the store has none', async () => {
    expect(await inspect(inspectorOf(), uploadOf(keyOf(1)), resource)).toEqual({ kind: 'absent' })
  })

  it('is valid without declared values, in the version of its ETag', async () => {
    const { inspection } = await look({}, { content: { etag: 'abc' } })
    expect(inspection).toMatchObject({
      kind: 'valid',
      candidate: { version: 'ba7816bf8f01cfea', object: { size: TEXT.length } },
    })
  })
})

describe('the form of an object', () => {
  const look = async (record: Partial<UploadRecord>, form: Pick<StoredObject, 'irregular' | 'unreadable'>) => {
    const inspector = inspectorOf()
    const upload = uploadOf(keyOf(1), record)
    inspector.store.place(upload.key, { bytes: TEXT })
    const { get } = inspector.store
    inspector.store.get = async (key, range) => {
      const found = await get(key, range)
      return found && { ...found, object: { ...found.object, ...form } }
    }
    return inspect(inspector, upload, resource)
  }

  it('may not be irregular; the reason says what to do', async () => {
    const irregular = 'The blob is of type AppendBlob: ask for a new URL.'
    const found = await look({ requested_by: 'emma' }, { irregular })
    expect(found).toEqual({ kind: 'invalid', code: 'unusable_object', reason: irregular })
  })

  it('may be irregular under a plain key, if it is readable', async () => {
    expect(await look({}, { irregular: 'The blob is leased.' })).toMatchObject({ kind: 'valid' })
  })

  it('may never be unreadable', async () => {
    const unreadable = 'The blob is in the archive tier.'
    expect(await look({}, { unreadable })).toEqual({ kind: 'invalid', code: 'unusable_object', reason: unreadable })
  })
})

describe('the size', () => {
  it.each<[string, Partial<UploadRecord>, Partial<Settings>, string | undefined]>([
    ['may be exactly the limit', {}, { maxUploadBytes: 8 }, undefined],
    ['may not be a byte more', {}, { maxUploadBytes: 7 }, 'too_large'],
    [
      'may not be more than the upload itself was allowed',
      { limits: { max_bytes: 7 } },
      { maxUploadBytes: 100 },
      'too_large',
    ],
    [
      'may be what the upload was allowed when it was asked for',
      { limits: { max_bytes: 8 } },
      { maxUploadBytes: 1 },
      undefined,
    ],
    ['may be the declared size', { declared: { size: 8 } }, {}, undefined],
    ['may not be less than declared', { declared: { size: 9 } }, {}, 'size_mismatch'],
    ['may not be more than declared', { declared: { size: 7 } }, {}, 'size_mismatch'],
    ['may not be anything where an empty file was declared', { declared: { size: 0 } }, {}, 'size_mismatch'],
  ])('%s', async (_, record, settings, code) => {
    const { inspection } = await look(record, { settings })
    expect(inspection).toMatchObject(
      code === undefined ? { kind: 'valid' } : { kind: 'invalid', code, reason: expect.stringContaining('8 bytes') },
    )
  })
})

describe('the type', () => {
  const allowedTypes = ['text/csv', 'application/vnd.ms-excel.sheet.macroenabled.12']
  it.each<[string, string, string | undefined, boolean]>([
    ['data.csv', 'application/octet-stream', undefined, true],
    ['data', 'text/csv; charset=utf-8', undefined, true],
    ['book.xlsm', 'application/octet-stream', undefined, true],
    ['page.html', 'text/csv', undefined, false],
    ['data', 'application/octet-stream', undefined, false],
    ['data.csv', 'text/csv', 'text/html', false],
    ['page.html', 'text/html', 'text/csv', false],
    ['data.csv', 'text/csv', 'application/vnd.ms-excel', true],
    ['data.csv', 'text/csv', 'application/csv', true],
    ['data.csv', 'text/csv', 'application/octet-stream', true],
    ['data.csv', 'text/csv', 'text/plain', false],
    ['book.xls', 'text/csv', 'application/vnd.ms-excel', false],
  ])('%s put as %s and declared as %s: allowed is %s', async (fileName, contentType, mimetype, isAllowed) => {
    const record = { declared: mimetype === undefined ? {} : { mimetype } }
    const { inspection } = await look(record, {
      settings: { allowedTypes },
      content: { contentType, ...(fileName.endsWith('.xlsm') && { bytes: 'PK\u0003\u0004' }) },
      fileName,
    })
    expect(inspection).toMatchObject(
      isAllowed
        ? { kind: 'valid' }
        : { kind: 'invalid', code: 'type_not_allowed', reason: expect.stringContaining('text/csv') },
    )
  })
})

describe('the content', () => {
  it.each(['data.csv', 'data', 'notes.txt'])(
    'that is the body of a web form is a fault under any name: %s',
    async (fileName) => {
      const bytes = '--X\r\nContent-Disposition: form-data; name="file"; filename="data.csv"\r\n\r\na,b\r\n--X--\r\n'
      const { inspection } = await look({}, { content: { bytes }, fileName })
      expect(inspection).toMatchObject({ code: 'content_mismatch', reason: expect.stringContaining('web form') })
    },
  )

  it.each([
    ['begun as a split archive', 'PK00PK\u0003\u0004'],
    ['that unpacks itself', '#!/bin/sh\nexit\nPK\u0003\u0004'],
  ])('may be a ZIP archive %s, which takes one more read', async (_, start) => {
    const bytes = `${start}${'x'.repeat(100_000)}PK\u0005\u0006${'\0'.repeat(18)}`
    const { inspection, store } = await look({}, { content: { bytes }, fileName: 'all.zip' })
    expect(inspection).toMatchObject({ kind: 'valid' })
    expect(store.count('get')).toBe(2)
  })

  it('that is a body in chunks without signatures is a fault, found at its end', async () => {
    const bytes = `2710\r\n${'x'.repeat(10_000)}\r\n0\r\nx-amz-checksum-crc32:5mLtRA==\r\n\r\n`
    const { inspection } = await look({}, { content: { bytes } })
    expect(inspection).toMatchObject({ code: 'content_mismatch', reason: expect.stringContaining('chunks') })
    const { inspection: table, store } = await look({}, { content: { bytes: '2710\r\n15\r\n' } })
    expect([table, store.count('get')]).toMatchObject([{ kind: 'valid' }, 2])
  })

  it('that is only the name of the file is a fault', async () => {
    const { inspection } = await look({}, { content: { bytes: '@data.csv' }, fileName: 'data.csv' })
    expect(inspection).toMatchObject({ code: 'content_mismatch', reason: expect.stringContaining('read the file') })
  })

  it('that fits the name at its begin is read once', async () => {
    const { store } = await look({}, { content: { bytes: 'PK\u0003\u0004' }, fileName: 'all.zip' })
    expect(store.count('get')).toBe(1)
  })

  it('under the name of a ZIP archive without its end is a fault', async () => {
    const { inspection } = await look({}, { content: { bytes: 'PK00 and nothing else' }, fileName: 'all.zip' })
    expect(inspection).toMatchObject({ code: 'content_mismatch', reason: expect.stringContaining('something else') })
  })

  it('that is GZIP under the name of a table needs its encoding', async () => {
    const bytes = Uint8Array.of(0x1f, 0x8b, 8, 0)
    const plain = await look({}, { content: { bytes } })
    expect(plain.inspection).toMatchObject({ reason: expect.stringContaining('is a GZIP archive') })
    const encoded = await look({}, { content: { bytes, contentEncoding: 'gzip' } })
    expect(encoded.inspection).toMatchObject({ kind: 'valid' })
  })

  it('that contradicts the name is a fault that names its type', async () => {
    const { inspection } = await look(
      {},
      { content: { bytes: '<!doctype html><title>Not found</title>' }, fileName: 'data.xlsx' },
    )
    expect(inspection).toMatchObject({
      kind: 'invalid',
      code: 'content_mismatch',
      reason: expect.stringMatching(/data\.xlsx, but its content is HTML/u),
    })
  })
})

describe('the checksum', () => {
  const lookAtLong: typeof look = (record, options = {}) =>
    look(record, { ...options, content: { bytes: LONG_TEXT, ...options.content } })
  const declared = { declared: { hash: `sha256:${DIGEST}` } }

  it('is not computed without a declared checksum', async () => {
    const { inspection, store } = await lookAtLong({}, { content: { sha256: DIGEST } })
    expect(inspection).toMatchObject({
      kind: 'valid',
      candidate: expect.not.objectContaining({ checksum: expect.anything() }),
    })
    expect(store.count('sha256')).toBe(0)
  })

  it('is taken from the store if the store has verified it, at any size', async () => {
    const { inspection, store } = await lookAtLong(declared, {
      settings: { maxVerifyBytes: 0 },
      content: { sha256: DIGEST },
    })
    expect(inspection).toMatchObject({ kind: 'valid', candidate: { checksum: `sha256:${DIGEST}` } })
    expect(store.count('sha256')).toBe(0)
  })

  it.each([TEXT, ''])('of a small file is computed from the only look at it', async (bytes) => {
    const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const { inspection, store } = await lookAtLong({ declared: { hash, size: bytes.length } }, { content: { bytes } })
    expect(inspection).toMatchObject({ kind: 'valid', candidate: { checksum: hash } })
    expect([store.count('get'), store.count('head'), store.count('sha256')]).toEqual([1, 0, 0])
  })

  it('of a file that is longer than declared is not taken from its beginning', async () => {
    const bytes = LONG_TEXT
    const hash = `sha256:${createHash('sha256')
      .update(bytes.slice(0, 64 * 1024))
      .digest('hex')}`
    const { inspection } = await lookAtLong({ declared: { hash, size: 10 } }, { content: { bytes } })
    expect(inspection).toMatchObject({ kind: 'invalid', code: 'size_mismatch' })
  })

  it('is computed from the object when the store has none', async () => {
    const { inspection, store } = await lookAtLong(declared, { settings: { maxVerifyBytes: LONG_TEXT.length } })
    expect(inspection).toMatchObject({ kind: 'valid', candidate: { checksum: `sha256:${DIGEST}` } })
    expect(store.count('sha256')).toBe(1)
  })

  it('stays unverified above the limit, and is then not in the result', async () => {
    const { inspection, store } = await lookAtLong(
      { declared: { hash: `sha256:${OTHER_DIGEST}` } },
      { settings: { maxVerifyBytes: LONG_TEXT.length - 1 } },
    )
    expect(inspection).toMatchObject({
      kind: 'valid',
      candidate: expect.not.objectContaining({ checksum: expect.anything() }),
    })
    expect(store.count('sha256')).toBe(0)
  })

  it.each<[string, Content]>([
    ['by the store', { sha256: DIGEST }],
    ['by reading', {}],
  ])('that differs, found %s, is a fault that names both', async (_, content) => {
    const { inspection } = await lookAtLong({ declared: { hash: `sha256:${OTHER_DIGEST}` } }, { content })
    expect(inspection).toMatchObject({
      kind: 'invalid',
      code: 'checksum_mismatch',
      reason: expect.stringContaining(DIGEST),
    })
    expect(inspection).toMatchObject({ reason: expect.stringContaining(OTHER_DIGEST) })
  })

  it('needs another look when the object changed while it was read', async () => {
    const inspector = inspectorOf()
    const upload = uploadOf(keyOf(1), declared)
    inspector.store.place(upload.key, { bytes: LONG_TEXT })
    const changing = { ...inspector.store, sha256: async () => undefined }
    expect(await inspect({ ...inspector, store: changing }, upload, resource)).toEqual({ kind: 'changing' })
  })

  it('is computed once for the same content', async () => {
    const inspector = inspectorOf()
    const upload = uploadOf(keyOf(1), declared)
    inspector.store.place(upload.key, { bytes: LONG_TEXT, etag: 'one' })
    for (let times = 0; times < 3; times += 1) await inspect(inspector, upload, resource)
    expect(inspector.store.count('sha256')).toBe(1)
    inspector.store.place(upload.key, { bytes: LONG_TEXT.replace('a', 'c'), etag: 'two' })
    expect(await inspect(inspector, upload, resource)).toMatchObject({ kind: 'invalid', code: 'checksum_mismatch' })
    expect(inspector.store.count('sha256')).toBe(2)
  })
})
