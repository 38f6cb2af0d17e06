import type { ObjectStore } from '@ckan-uplink/core'
import type { SignedRequest, UploadSigner } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ODD_NAMES } from './odd-keys.ts'

export interface SignerSubject {
  readonly signer: UploadSigner
  /** The same signer with a clock that many hours behind. */
  signerAgo(hours: number): UploadSigner
  readonly store: ObjectStore
  /** What the store itself refuses when it isn't as signed. The linker checks all three in any case. */
  readonly enforces: { readonly size: boolean; readonly contentType: boolean; readonly sha256: boolean }
  /** Whether a URL alone, without a header, can refuse to overwrite. */
  readonly createsOnlyByUrl: boolean
  /** The store answers HEAD without the file name and type that the URL asks for. */
  readonly bareHead?: true
  close(): Promise<void>
}

const CSV = 'a,b\n1,2\n'
const CSV_GZIP = 'H4sIAAAAAAACA0vUSeIy1DHiAgB7B5cKCAAAAA=='
const CSV_SHA256 = '492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470'

type Change = Partial<Pick<RequestInit, 'body' | 'headers'>> & { readonly url?: string }

/** The contract of every `UploadSigner`. The tests upload with plain `fetch`. */
export function describeUploadSigner(name: string, start: () => Promise<SignerSubject>): void {
  describe(`UploadSigner of ${name}`, () => {
    let subject: SignerSubject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())

    describeUploads(() => subject)
    describeRefusals(() => subject)
    describeDownloads(() => subject)
  })
}

const newKey = (name = 'data.csv'): string => `contract/${crypto.randomUUID()}/${name}`

async function send({ method, url, headers }: SignedRequest, change: Change = {}): Promise<Response> {
  const body = method === 'PUT' ? (change.body ?? CSV) : null
  const response = await fetch(change.url ?? url, { method, headers: change.headers ?? headers, body })
  if (method === 'PUT') await response.text()
  return response
}

function describeUploads(subject: () => SignerSubject): void {
  it.each(ODD_NAMES)('lets a stranger upload %s', async (name) => {
    const { signer, store } = subject()
    const key = newKey(name)
    const response = await send(await signer.signUpload({ key, expiresInSeconds: 60, createOnly: false }))
    expect(response.ok).toBe(true)
    expect((await store.head(key))?.size).toBe(CSV.length)
  })

  it('lets any client upload the declared file', async () => {
    const { signer, store } = subject()
    const key = newKey()
    const declared = { size: CSV.length, contentType: 'text/csv', sha256: CSV_SHA256 }
    const response = await send(await signer.signUpload({ key, expiresInSeconds: 60, createOnly: true, ...declared }))
    expect(response.ok).toBe(true)
    expect(await store.head(key)).toMatchObject({ size: CSV.length, contentType: 'text/csv' })
  })

  it('keeps the encoding that a client says, with the bytes as they came', async () => {
    const { signer, store } = subject()
    const key = newKey()
    const bytes = Uint8Array.from(atob(CSV_GZIP), (character) => character.charCodeAt(0))
    const signed = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: false })
    // Azurite, unlike Azure, keeps the second header alone.
    const headers = { ...signed.headers, 'Content-Encoding': 'gzip', 'x-ms-blob-content-encoding': 'gzip' }
    expect((await send(signed, { headers, body: bytes })).ok).toBe(true)
    expect(await store.head(key)).toMatchObject({ size: bytes.length, contentEncoding: 'gzip' })
    const found = await store.get(key)
    expect([found?.object.contentEncoding, found?.bytes]).toEqual(['gzip', bytes])
    expect((await store.get(key, { offset: 2, length: 2 }))?.bytes).toEqual(bytes.subarray(2, 4))
  })

  it('says when the URL expires', async () => {
    const { signer } = subject()
    const now = Date.now()
    const { expiresAt } = await signer.signUpload({ key: newKey(), expiresInSeconds: 60, createOnly: false })
    expect(expiresAt.getTime() - now).toBeGreaterThan(55_000)
    expect(expiresAt.getTime() - now).toBeLessThan(65_000)
  })

  it('lets the same URL be used twice unless it is create-only', async () => {
    const { signer, store } = subject()
    const key = newKey()
    const signed = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: false })
    expect((await send(signed)).ok).toBe(true)
    expect((await send(signed, { body: 'again' })).ok).toBe(true)
    expect((await store.head(key))?.size).toBe(5)
  })
}

function describeRefusals(subject: () => SignerSubject): void {
  const expectRefused = async (signed: SignedRequest, change: Change, key: string): Promise<void> => {
    const response = await send(signed, change)
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(await subject().store.head(key)).toBeUndefined()
  }
  const declared: readonly (readonly [keyof SignerSubject['enforces'], object, Change])[] = [
    ['size', { size: CSV.length }, { body: `${CSV}3,4\n` }],
    ['contentType', { contentType: 'text/csv' }, { headers: { 'Content-Type': 'text/html' } }],
    ['sha256', { sha256: CSV_SHA256 }, { body: 'x,y\n1,2\n' }],
  ]

  it.each(declared)('has another %s than signed refused where the store can', async (what, upload, change) => {
    const { signer, store, enforces } = subject()
    const key = newKey()
    const signed = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: false, ...upload })
    const response = await send(signed, { ...change, headers: { ...signed.headers, ...change.headers } })
    expect(response.ok).toBe(!enforces[what])
    expect((await store.head(key)) === undefined).toBe(enforces[what])
  })

  it('refuses a tampered signature', async () => {
    const key = newKey()
    const signed = await subject().signer.signUpload({ key, expiresInSeconds: 60, createOnly: false })
    await expectRefused(signed, { url: signed.url.replace(/.$/u, (last) => (last === '0' ? '1' : '0')) }, key)
  })

  it('refuses a URL that was given a longer life', async () => {
    const key = newKey()
    const signed = await subject().signer.signUpload({ key, expiresInSeconds: 60, createOnly: false })
    const url = signed.url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600').replace(/([?&]se=)20\d\d/u, '$12099')
    expect(url).not.toBe(signed.url)
    await expectRefused(signed, { url }, key)
  })

  it('refuses another key', async () => {
    const [key, other] = [newKey(), newKey()]
    const signed = await subject().signer.signUpload({ key, expiresInSeconds: 60, createOnly: false })
    await expectRefused(signed, { url: signed.url.replace(key, other) }, other)
  })

  it('refuses an expired URL', async () => {
    const key = newKey()
    await expectRefused(
      await subject().signerAgo(2).signUpload({ key, expiresInSeconds: 60, createOnly: false }),
      {},
      key,
    )
  })

  it('refuses to overwrite with a create-only URL, and to use it without its headers', async () => {
    const { signer, store } = subject()
    const key = newKey()
    const signed = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: true })
    expect((await send(signed)).ok).toBe(true)
    expect((await send(signed, { body: 'again' })).status).toBeGreaterThanOrEqual(400)
    expect((await send(signed, { body: 'again', headers: {} })).status).toBeGreaterThanOrEqual(400)
    expect((await store.head(key))?.size).toBe(CSV.length)
  })

  it('refuses to overwrite without a header, where the URL alone can', async () => {
    const { signer, store, createsOnlyByUrl } = subject()
    const key = newKey()
    const signed = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: 'by-url' })
    expect(Object.keys(signed.headers)).not.toContain('If-None-Match')
    expect((await send(signed)).ok).toBe(true)
    expect((await send(signed, { body: 'again' })).ok).toBe(!createsOnlyByUrl)
    expect((await store.head(key))?.size).toBe(createsOnlyByUrl ? CSV.length : 5)
  })

  it('refuses to write with a URL for reading', async () => {
    const key = newKey()
    const signed = await subject().signer.signDownload({ method: 'GET', key, expiresInSeconds: 60 })
    await expectRefused({ ...signed, method: 'PUT' }, {}, key)
  })
}

function describeDownloads(subject: () => SignerSubject): void {
  const stored = async (name?: string): Promise<string> => {
    const key = newKey(name)
    await subject().store.put(key, new TextEncoder().encode(CSV), { contentType: 'application/x-declared' })
    return key
  }

  it.each(ODD_NAMES)('lets a stranger read %s', async (name) => {
    const signed = await subject().signer.signDownload({ method: 'GET', key: await stored(name), expiresInSeconds: 60 })
    const response = await send(signed)
    expect([response.status, await response.text()]).toEqual([200, CSV])
  })

  it.each(['GET', 'HEAD'] as const)('has the answer to %s carry the given file name and type', async (method) => {
    const { signer, bareHead } = subject()
    const contentDisposition = `attachment; filename="a b+c.csv"; filename*=UTF-8''%E6%97%A5%20%28x%29.csv`
    const contentType = 'text/csv; charset=utf-8'
    const response = await send(
      await signer.signDownload({ method, key: await stored(), expiresInSeconds: 60, contentDisposition, contentType }),
    )
    expect(response.status).toBe(200)
    const shown = [response.headers.get('content-disposition'), response.headers.get('content-type')]
    expect(shown).toEqual(
      method === 'HEAD' && bareHead ? [null, 'application/x-declared'] : [contentDisposition, contentType],
    )
    await response.arrayBuffer()
  })

  it("has the answer carry the given Cache-Control instead of the uploader's own", async () => {
    const { signer } = subject()
    const key = newKey()
    const upload = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: false })
    const forAll = 'public, max-age=31536000'
    const headers = { ...upload.headers, 'Cache-Control': forAll, 'x-ms-blob-cache-control': forAll }
    expect((await send(upload, { headers })).ok).toBe(true)
    const cacheControl = 'private, no-store'
    const response = await send(await signer.signDownload({ method: 'GET', key, expiresInSeconds: 60, cacheControl }))
    expect([response.headers.get('cache-control'), await response.text()]).toEqual([cacheControl, CSV])
  })

  it('refuses an expired, a tampered and an unsigned URL', async () => {
    const key = await stored()
    const expired = await subject().signerAgo(2).signDownload({ method: 'GET', key, expiresInSeconds: 60 })
    const { url } = await subject().signer.signDownload({ method: 'GET', key, expiresInSeconds: 60 })
    for (const refused of [
      expired.url,
      url.replace(/.$/u, (last) => (last === '0' ? '1' : '0')),
      url.replace(/\?.*$/su, ''),
    ]) {
      const response = await fetch(refused)
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(await response.text()).not.toContain(CSV)
    }
  })
}
