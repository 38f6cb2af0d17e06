import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createMultipartSigner, createS3Client, createSigner } from '../src/index.ts'

const clock = { now: () => new Date('2026-11-22T10:20:30.999Z'), sleep: async () => {} }
const upload = { key: 'resources/api_uploads/a/b/c.csv', expiresInSeconds: 600, createOnly: false }

function optionsWith(credentials: { readonly sessionToken?: string; readonly expiration?: Date }) {
  return {
    client: createS3Client({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret', ...credentials },
    }),
    bucket: 'open-data',
    clock,
  }
}

const options = optionsWith({})
const signer = createSigner(options)

function signedHeaders(url: string): string | null {
  return new URL(url).searchParams.get('X-Amz-SignedHeaders')
}

describe('createSigner', () => {
  it('signs only the host for an upload without declared values, so that curl -T is enough', async () => {
    const { method, url, headers } = await signer.signUpload(upload)
    expect([method, headers, signedHeaders(url)]).toEqual(['PUT', {}, 'host'])
    expect(url).toMatch(
      /^https:\/\/open-data\.s3\.eu-central-1\.amazonaws\.com\/resources\/api_uploads\/a\/b\/c\.csv\?/u,
    )
    expect(url).not.toMatch(/checksum/iu)
  })

  it('signs declared values as headers, and lists all of them except the length, which clients send by themselves', async () => {
    const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    const { url, headers } = await signer.signUpload({
      ...upload,
      createOnly: true,
      size: 5,
      contentType: 'text/csv',
      sha256,
    })
    expect(signedHeaders(url)).toBe('content-length;content-type;host;if-none-match;x-amz-checksum-sha256')
    expect(headers).toEqual({
      'Content-Type': 'text/csv',
      'If-None-Match': '*',
      'x-amz-checksum-sha256': '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    })
  })

  it('also signs a length of zero', async () => {
    expect(signedHeaders((await signer.signUpload({ ...upload, size: 0 })).url)).toBe('content-length;host')
  })

  it('counts the lifetime of a URL from the second of its date', async () => {
    const { url, expiresAt } = await signer.signUpload(upload)
    expect(new URL(url).searchParams.get('X-Amz-Date')).toBe('20261122T102030Z')
    expect(expiresAt.toISOString()).toBe('2026-11-22T10:30:30.000Z')
  })

  it('lets a URL expire with the credentials that signed it, if they expire first', async () => {
    const { url, expiresAt } = await createSigner(
      optionsWith({ sessionToken: 'session', expiration: new Date('2026-11-22T10:25:00.500Z') }),
    ).signUpload(upload)
    expect(expiresAt.toISOString()).toBe('2026-11-22T10:25:00.000Z')
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('270')
  })

  it('writes URLs without ambiguous characters', async () => {
    const key = "a b+c(1)'*!.csv"
    const { url } = await signer.signDownload({
      method: 'GET',
      key,
      expiresInSeconds: 60,
      contentDisposition: 'attachment; filename="a b+c"',
    })
    expect(url).toContain('/a%20b%2Bc%281%29%27%2A%21.csv?')
    expect(url).not.toMatch(/[ +()'*!]/u)
    expect(new URL(url).searchParams.get('response-content-disposition')).toBe('attachment; filename="a b+c"')
  })

  it('does not reveal the secret', async () => {
    expect((await signer.signUpload(upload)).url).not.toContain('secret')
  })
})

describe('createMultipartSigner', () => {
  it('signs the length of a part, and no header that a client would have to send', async () => {
    const { method, url, headers } = await createMultipartSigner(options).signPart({
      key: 'a/b.csv',
      id: 'upload id',
      partNumber: 7,
      size: 5,
      expiresInSeconds: 60,
    })
    expect([method, headers, signedHeaders(url)]).toEqual(['PUT', {}, 'content-length;host'])
    const { searchParams } = new URL(url)
    expect([searchParams.get('partNumber'), searchParams.get('uploadId')]).toEqual(['7', 'upload id'])
  })
})

describe('a form', () => {
  const asked = { key: 'filestore/files/a.csv', expiresInSeconds: 900, maxBytes: 1000, contentType: 'text/csv' }

  it('holds key, type, size and time in a policy, signed as AWS documents it', async () => {
    const { action, fields } = (await signer.signForm?.(asked)) ?? { action: '', fields: {} }
    expect(action).toBe('https://open-data.s3.eu-central-1.amazonaws.com/')
    expect(fields).toMatchObject({ key: asked.key, 'Content-Type': 'text/csv', success_action_status: '200' })
    const policy = String(fields['Policy'])
    const { expiration, conditions } = JSON.parse(Buffer.from(policy, 'base64').toString())
    expect(Math.abs(Date.parse(expiration) - Date.now() - 900_000)).toBeLessThan(60_000)
    expect(conditions).toEqual(
      expect.arrayContaining([
        ['content-length-range', 0, 1000],
        { key: asked.key },
        { bucket: 'open-data' },
        { 'Content-Type': 'text/csv' },
      ]),
    )
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
    const day = String(fields['X-Amz-Date']).slice(0, 8)
    const scope = [day, 'eu-central-1', 's3', 'aws4_request']
    const key = scope.reduce((secret: Buffer | string, part) => hmac(secret, part), 'AWS4secret')
    expect(fields['X-Amz-Signature']).toBe(hmac(key, policy).toString('hex'))
  })
})

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
