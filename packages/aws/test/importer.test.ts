import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createImporter } from '../src/index.ts'
import { type ScriptedAnswer, type ScriptedS3, startScriptedS3 } from './scripted-s3.ts'

const FROM = { bucket: 'old', key: 'a.csv', etag: '0'.repeat(32), size: 8 }
const TO = { key: 'b.csv', size: 8 }
const MUST = { mustBeCompared: true }
const BEGUN = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'
const KMS = { 'x-amz-server-side-encryption': 'aws:kms' }

const there = (headers = {}): ScriptedAnswer => ({ status: 200, headers: { ETag: `"${FROM.etag}"`, ...headers } })
const begun = (headers = {}): ScriptedAnswer => ({ status: 200, headers, body: BEGUN })
const copied = (etag: string): ScriptedAnswer => ({
  status: 200,
  body: `<CopyPartResult><ETag>"${etag}"</ETag></CopyPartResult>`,
})
const gone: ScriptedAnswer = { status: 204 }

let s3: ScriptedS3

beforeAll(async () => {
  s3 = await startScriptedS3()
})
afterAll(() => s3.close())
beforeEach(() => {
  s3.requests.length = 0
})

const methods = () => s3.requests.map((request) => request.split(' ')[0])

describe('a copy that must be compared', () => {
  it('is not tried on a store that compares no copy', async () => {
    expect(await createImporter(s3.options, { comparesCopies: false }).copy(FROM, TO, MUST)).toBeUndefined()
    expect(methods()).toEqual([])
  })

  it('is not tried if the source is encrypted with SSE-KMS, whose ETags are no MD5', async () => {
    s3.script = [there(KMS)]
    expect(await createImporter(s3.options).copy(FROM, TO, MUST)).toBeUndefined()
    expect(methods()).toEqual(['HEAD'])
  })

  it('is not tried if the bucket encrypts with SSE-KMS', async () => {
    s3.script = [there(), begun(KMS), gone]
    expect(await createImporter(s3.options).copy(FROM, TO, MUST)).toBeUndefined()
    expect(methods()).toEqual(['HEAD', 'POST', 'DELETE'])
  })

  it('is given up if its ETag is another one', async () => {
    s3.script = [there(), begun(), copied('1'.repeat(32)), gone]
    expect(await createImporter(s3.options).copy(FROM, TO, MUST)).toBeUndefined()
    expect(methods()).toEqual(['HEAD', 'POST', 'PUT', 'DELETE'])
  })

  it('is ready if its ETag is that of the source', async () => {
    s3.script = [there(), begun(), copied(FROM.etag)]
    expect(await createImporter(s3.options).copy(FROM, TO, MUST)).toMatchObject({ isCompared: true })
    expect(methods()).toEqual(['HEAD', 'POST', 'PUT'])
  })
})
