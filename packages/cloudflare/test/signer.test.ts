import { describe, expect, it } from 'vitest'
import { createSigner } from '../src/index.ts'

const clock = { now: () => new Date('2026-11-22T10:20:30.999Z'), sleep: async () => {} }
const signer = createSigner({
  endpoint: 'https://account.r2.cloudflarestorage.com',
  bucket: 'open-data',
  accessKeyId: 'id',
  secretAccessKey: 'secret',
  clock,
})
const upload = { key: 'resources/api_uploads/a/b/c.csv', expiresInSeconds: 600, createOnly: false }

function signedHeaders(url: string): string | null {
  return new URL(url).searchParams.get('X-Amz-SignedHeaders')
}

describe('createSigner', () => {
  it('signs only the host for an upload without declared values, so that curl -T is enough', async () => {
    const { method, url, headers } = await signer.signUpload(upload)
    expect([method, headers, signedHeaders(url)]).toEqual(['PUT', {}, 'host'])
    expect(url).toMatch(
      /^https:\/\/account\.r2\.cloudflarestorage\.com\/open-data\/resources\/api_uploads\/a\/b\/c\.csv\?/u,
    )
  })

  it('signs declared values, and lists all of them except the length, which clients send by themselves', async () => {
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

  it('counts the lifetime of a URL from the second of its date', async () => {
    const { url, expiresAt } = await signer.signUpload(upload)
    expect(new URL(url).searchParams.get('X-Amz-Date')).toBe('20261122T102030Z')
    expect(expiresAt.toISOString()).toBe('2026-11-22T10:30:30.000Z')
  })

  it('writes URLs without ambiguous characters', async () => {
    const { url } = await signer.signDownload({
      method: 'GET',
      key: "a b+c(1)'*!.csv",
      expiresInSeconds: 60,
      contentDisposition: 'attachment; filename="a b+c"',
    })
    expect(url).toContain('/open-data/a%20b%2Bc%281%29%27%2A%21.csv?')
    expect(url).not.toMatch(/[ +()'*!]/u)
    expect(new URL(url).searchParams.get('response-content-disposition')).toBe('attachment; filename="a b+c"')
  })

  it('does not reveal the secret', async () => {
    expect((await signer.signUpload(upload)).url).not.toContain('secret')
  })
})
