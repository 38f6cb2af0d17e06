import type { ObjectStore } from '@ckan-uplink/core'
import { UnavailableError } from '@ckan-uplink/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMultipartSigner, createStore } from '../src/index.ts'
import { type ScriptedAnswer, type ScriptedS3, s3Error, startScriptedS3 } from './scripted-s3.ts'

const BYTES = Uint8Array.of(1)
const WRITTEN: ScriptedAnswer = { status: 200, headers: { ETag: '"written"' } }
const REFUSED = s3Error(412, 'PreconditionFailed')
const CONFLICT = s3Error(409, 'ConditionalRequestConflict')
const BUSY = s3Error(503, 'SlowDown')

let s3: ScriptedS3
let store: ObjectStore

beforeAll(async () => {
  s3 = await startScriptedS3()
  store = createStore(s3.options)
})
afterAll(() => s3.close())
beforeEach(() => {
  s3.requests.length = 0
})

describe('createStore', () => {
  it.each<[string, (key: string) => Promise<unknown>]>([
    ['head', (key) => store.head(key)],
    ['get', (key) => store.get(key)],
    ['put', (key) => store.put(key, BYTES)],
    ['remove', (key) => store.remove(key)],
    ['list', (key) => store.list(key)[Symbol.asyncIterator]().next()],
  ])('names the cause when %s is refused, and says to try again', async (operation, call) => {
    s3.script = [s3Error(403, 'AccessDenied')]
    const error = await call('a/b').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({
      message: expect.stringMatching(new RegExp(`^S3 could not ${operation} "a/b": 403 .*Try again later\\.$`, 'u')),
      retryable: true,
    })
  })

  it('tries again when S3 is busy or closes the connection', async () => {
    s3.script = [BUSY, { status: 0 }, { status: 200, headers: { ETag: '"one"', 'Content-Length': '3' } }]
    expect(await store.head('a')).toMatchObject({ etag: 'one', size: 3 })
    expect(s3.requests).toHaveLength(3)
  })

  it('gives up after three attempts', async () => {
    s3.script = [BUSY]
    await expect(store.get('a')).rejects.toThrow(UnavailableError)
    expect(s3.requests).toHaveLength(3)
  })

  it('does not take a missing bucket for a missing object', async () => {
    s3.script = [s3Error(404, 'NoSuchBucket')]
    await expect(store.get('a')).rejects.toThrow('404 NoSuchBucket')
    await expect(store.put('a', BYTES, { onlyIf: { etag: 'one' } })).rejects.toThrow('404 NoSuchBucket')
  })

  it('tries again after a conflict until S3 accepts one of two writers', async () => {
    s3.script = [CONFLICT, CONFLICT, REFUSED]
    expect(await store.put('a', BYTES, { onlyIf: 'absent' })).toBeUndefined()
    s3.script = [CONFLICT, WRITTEN]
    expect(await store.put('a', BYTES, { onlyIf: { etag: 'one' } })).toBe('written')
  })

  it('stops after a number of conflicts', async () => {
    s3.script = [CONFLICT]
    await expect(store.put('a', BYTES, { onlyIf: 'absent' })).rejects.toThrow(UnavailableError)
    expect(s3.requests.length).toBeLessThan(10)
  })

  it.each<[string, Parameters<ObjectStore['put']>[2], ScriptedAnswer]>([
    ['an object that is there', { onlyIf: 'absent' }, REFUSED],
    ['another ETag', { onlyIf: { etag: 'one' } }, REFUSED],
    ['an object that is gone', { onlyIf: { etag: 'one' } }, s3Error(404, 'NoSuchKey')],
  ])('does not trust a refusal for %s when its own first attempt may be the cause', async (_, options, refusal) => {
    s3.script = [refusal]
    expect(await store.put('a', BYTES, options)).toBeUndefined()
    s3.script = [{ status: 0 }, refusal]
    await expect(store.put('a', BYTES, options)).rejects.toThrow(UnavailableError)
  })

  it('accepts only a checksum of the whole content', async () => {
    const checksum = { 'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' }
    s3.script = [{ status: 200, headers: { ...checksum, 'x-amz-checksum-type': 'FULL_OBJECT' } }]
    expect((await store.head('a'))?.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    s3.script = [{ status: 200, headers: { ...checksum, 'x-amz-checksum-type': 'COMPOSITE' } }]
    expect(await store.head('a')).not.toHaveProperty('sha256')
    s3.script = [{ status: 200, headers: checksum }]
    expect(await store.head('a')).not.toHaveProperty('sha256')
  })

  it('fails when the connection closes while it reads a file', async () => {
    s3.script = [
      { status: 200, headers: { ETag: '"one"', 'Content-Length': '100' }, body: 'half of it', breaksOff: true },
    ]
    await expect(store.sha256('a', 'one')).rejects.toThrow(UnavailableError)
  })
})

describe('createMultipartSigner', () => {
  it('takes an upload for completed when S3 no longer knows it', async () => {
    const signer = createMultipartSigner({ ...s3.options, clock: { now: () => new Date(), sleep: async () => {} } })
    const part = '<Part><PartNumber>1</PartNumber><ETag>"one"</ETag><Size>5</Size></Part>'
    s3.script = [
      { status: 200, body: `<ListPartsResult><IsTruncated>false</IsTruncated>${part}</ListPartsResult>` },
      s3Error(404, 'NoSuchUpload'),
    ]
    expect(await signer.complete({ key: 'a', id: 'upload' })).toBeUndefined()
  })

  it('does not take an error that S3 sends with a 200 for a completed upload', async () => {
    const signer = createMultipartSigner({ ...s3.options, clock: { now: () => new Date(), sleep: async () => {} } })
    const listed = { status: 200, body: '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>' }
    s3.script = [listed, { ...s3Error(200, 'InternalError') }]
    await expect(signer.complete({ key: 'a', id: 'upload' })).rejects.toThrow(UnavailableError)
  })
})
