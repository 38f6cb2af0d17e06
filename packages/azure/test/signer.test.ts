import { ContainerClient } from '@azure/storage-blob'
import type { Clock } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { accountKeys, createMultipartSigner, createSigner, type SigningKeys } from '../src/index.ts'

const clock: Clock = { now: () => new Date('2026-11-22T10:20:30.999Z'), sleep: async () => {} }
const container = new ContainerClient('https://portalfiles.blob.core.windows.net/open-data')
const keys = accountKeys('portalfiles', btoa('account-secret'))
const signer = createSigner({ container, keys, clock })
const upload = { key: 'resources/api_uploads/a/b/c.csv', expiresInSeconds: 600, createOnly: false }

function queryOf(url: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(url).searchParams)
}

describe('createSigner', () => {
  it('needs only the header for the blob type when the upload has no declared values', async () => {
    const { method, url, headers } = await signer.signUpload(upload)
    expect([method, headers]).toEqual(['PUT', { 'x-ms-blob-type': 'BlockBlob' }])
    expect(url).toMatch(
      /^https:\/\/portalfiles\.blob\.core\.windows\.net\/open-data\/resources\/api_uploads\/a\/b\/c\.csv\?/u,
    )
    expect(queryOf(url)).toMatchObject({ sp: 'cw', sr: 'b', spr: 'https', se: '2026-11-22T10:30:30Z' })
  })

  it('gives no permission to overwrite for a create-only upload, and sends the declared type', async () => {
    const { url, headers } = await signer.signUpload({
      ...upload,
      createOnly: true,
      size: 5,
      contentType: 'text/csv',
      sha256: 'e3b0',
    })
    expect(queryOf(url)['sp']).toBe('c')
    expect(headers).toEqual({ 'x-ms-blob-type': 'BlockBlob', 'Content-Type': 'text/csv' })
  })

  it('needs no header for it', async () => {
    const { url, headers } = await signer.signUpload({ ...upload, createOnly: 'by-url' })
    expect(queryOf(url)['sp']).toBe('c')
    expect(headers).toEqual({ 'x-ms-blob-type': 'BlockBlob' })
  })

  it('signs the headers of a download, and permits only reading', async () => {
    const contentDisposition = `attachment; filename="a b+c"; filename*=UTF-8''%E6%97%A5`
    const { url } = await signer.signDownload({
      method: 'HEAD',
      key: 'a',
      expiresInSeconds: 60,
      contentDisposition,
      contentType: 'text/csv',
    })
    expect(queryOf(url)).toMatchObject({ sp: 'r', rscd: contentDisposition, rsct: 'text/csv' })
  })

  it('lets a URL expire no later than the key that signed it', async () => {
    expect((await signer.signUpload(upload)).expiresAt).toEqual(new Date('2026-11-22T10:30:30Z'))
    const expiresAt = new Date('2026-11-22T10:25:00Z')
    const ending: SigningKeys = async () => ({ ...(await keys()), expiresAt })
    const signed = await createSigner({ container, keys: ending, clock }).signUpload(upload)
    expect([signed.expiresAt, queryOf(signed.url)['se']]).toEqual([expiresAt, '2026-11-22T10:25:00Z'])
  })

  it('accepts http for an emulator', async () => {
    const emulated = new ContainerClient('http://127.0.0.1:10000/devstoreaccount1/open-data')
    expect(
      queryOf((await createSigner({ container: emulated, keys, clock }).signUpload(upload)).url),
    ).not.toHaveProperty('spr')
  })

  it('writes URLs without ambiguous characters', async () => {
    const key = "a b+c(1)'*!/日本語%.csv"
    const { url } = await signer.signDownload({
      method: 'GET',
      key,
      expiresInSeconds: 60,
      contentDisposition: 'attachment; filename="a b+c(1)"',
    })
    expect(url).toContain('/open-data/a%20b%2Bc%281%29%27%2A%21/%E6%97%A5%E6%9C%AC%E8%AA%9E%25.csv?')
    expect(url).not.toMatch(/[ +'*!]/u)
  })

  it('does not reveal the secret', async () => {
    expect((await signer.signUpload(upload)).url).not.toContain('account-secret')
  })
})

describe('createMultipartSigner', () => {
  const multipart = createMultipartSigner({ container, keys, clock })

  it('gives all blocks names of the same length', async () => {
    const part = { key: 'a/b.csv', id: crypto.randomUUID(), size: 1, expiresInSeconds: 60 }
    const names = await Promise.all(
      [1, 50_000].map(
        async (partNumber) => queryOf((await multipart.signPart({ ...part, partNumber })).url)['blockid'] ?? '',
      ),
    )
    expect(names.map((name) => atob(name))).toEqual([`${part.id}/00001`, `${part.id}/50000`])
  })
})
