import type { ObjectStore } from '@ckan-uplink/core'
import type { MultipartSigner, MultipartUpload, SignedRequest } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoreCases } from './object-store.ts'
import { ODD_NAMES } from './odd-keys.ts'

export interface MultipartSubject {
  readonly signer: MultipartSigner
  readonly store: ObjectStore
  /** Whether the store itself refuses a part of another size than signed. */
  readonly enforcesSize: boolean
  close(): Promise<void>
}

const TIMEOUT_MS = 60_000

/** The contract of every `MultipartSigner`. The tests send parts with plain `fetch`. */
export function describeMultipartSigner(
  name: string,
  start: () => Promise<MultipartSubject>,
  { thousands = true }: StoreCases = {},
): void {
  describe(`MultipartSigner of ${name}`, { timeout: TIMEOUT_MS }, () => {
    let subject: MultipartSubject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())

    describeParts(() => subject)
    describeResuming(() => subject)
    describeEnds(() => subject)
    if (thousands) describePages(() => subject)
  })
}

const newKey = (name = 'data.csv'): string => `contract/${crypto.randomUUID()}/${name}`

/** Bytes that differ from part to part, and from place to place. */
function content(size: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8) + seed) % 256)
}

async function sha256Of(...parts: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', await new Blob([...parts]).arrayBuffer())).toString('hex')
}

async function begin({ signer }: MultipartSubject, key = newKey()): Promise<MultipartUpload> {
  return { key, id: await signer.begin({ key, contentType: 'text/csv' }) }
}

async function put({ method, url, headers }: SignedRequest, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const response = await fetch(url, { method, headers, body })
  await response.arrayBuffer()
  return response.status
}

async function sendPart(
  { signer }: MultipartSubject,
  upload: MultipartUpload,
  partNumber: number,
  body: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const signed = await signer.signPart({ ...upload, partNumber, size: body.byteLength, expiresInSeconds: 600 })
  const status = await put(signed, body)
  if (status < 200 || status > 299) throw new Error(`Part ${partNumber} was answered with ${status}.`)
}

function describeParts(subject: () => MultipartSubject): void {
  it('makes one object of three parts, sent in any order', async () => {
    const { signer, store } = subject()
    const { minPartBytes } = signer.limits
    const parts = [content(minPartBytes, 1), content(minPartBytes, 2), content(1_000, 3)] as const
    const upload = await begin(subject())
    for (const partNumber of [3, 1, 2] as const)
      await sendPart(subject(), upload, partNumber, parts[(partNumber - 1) as 0 | 1 | 2])
    expect(await store.head(upload.key)).toBeUndefined()
    const completed = await signer.complete({ ...upload, contentType: 'text/csv' })
    expect(await store.head(upload.key)).toMatchObject({
      size: 2 * minPartBytes + 1_000,
      contentType: 'text/csv',
      etag: completed?.etag,
    })
    expect(await store.sha256(upload.key, completed?.etag ?? '')).toBe(await sha256Of(...parts))
  })

  it.each(ODD_NAMES)('makes an object called %s', async (name) => {
    const { signer, store } = subject()
    const upload = await begin(subject(), newKey(name))
    await sendPart(subject(), upload, 1, content(10, 1))
    await signer.complete({ ...upload, contentType: 'text/csv' })
    expect(await store.head(upload.key)).toMatchObject({ key: upload.key, size: 10 })
  })

  it('says when the URL of a part expires', async () => {
    const now = Date.now()
    const { expiresAt } = await subject().signer.signPart({
      ...(await begin(subject())),
      partNumber: 1,
      size: 10,
      expiresInSeconds: 60,
    })
    expect(expiresAt.getTime() - now).toBeGreaterThan(55_000)
    expect(expiresAt.getTime() - now).toBeLessThan(75_000)
  })

  it('has a part of another size than signed refused where the store can', async () => {
    const { signer, enforcesSize } = subject()
    const upload = await begin(subject())
    const signed = await signer.signPart({ ...upload, partNumber: 1, size: 10, expiresInSeconds: 60 })
    const status = await put(signed, content(11, 1))
    expect(status >= 400 && status < 500).toBe(enforcesSize)
    expect(await signer.listParts(upload)).toEqual(enforcesSize ? [] : [{ partNumber: 1, size: 11 }])
  })

  it('has the URL of a part refused for another key, and with another signature', async () => {
    const { signer } = subject()
    const [upload, other] = [await begin(subject()), await begin(subject())]
    const signed = await signer.signPart({ ...upload, partNumber: 1, size: 10, expiresInSeconds: 60 })
    for (const url of [
      signed.url.replace(upload.key, other.key),
      signed.url.replace(/.$/u, (last) => (last === '0' ? '1' : '0')),
    ]) {
      const status = await put({ ...signed, url }, content(10, 1))
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }
    expect([await signer.listParts(upload), await signer.listParts(other)]).toEqual([[], []])
  })
}

function describeResuming(subject: () => MultipartSubject): void {
  it('lists the parts that have arrived', async () => {
    const { signer, store } = subject()
    const { minPartBytes } = signer.limits
    const upload = await begin(subject())
    expect(await signer.listParts(upload)).toEqual([])
    await sendPart(subject(), upload, 2, content(10, 2))
    expect(await signer.listParts(upload)).toEqual([{ partNumber: 2, size: 10 }])
    await sendPart(subject(), upload, 1, content(minPartBytes, 1))
    expect(await signer.listParts(upload)).toEqual([
      { partNumber: 1, size: minPartBytes },
      { partNumber: 2, size: 10 },
    ])
    await signer.complete({ ...upload, contentType: 'text/csv' })
    expect((await store.head(upload.key))?.size).toBe(minPartBytes + 10)
  })

  it('takes a part again in the place of the one before', async () => {
    const { signer, store } = subject()
    const upload = await begin(subject())
    const [half, whole] = [content(5, 1), content(10, 2)]
    await sendPart(subject(), upload, 1, half)
    await sendPart(subject(), upload, 1, whole)
    expect(await signer.listParts(upload)).toEqual([{ partNumber: 1, size: 10 }])
    const completed = await signer.complete({ ...upload, contentType: 'text/csv' })
    expect(await store.sha256(upload.key, completed?.etag ?? '')).toBe(await sha256Of(whole))
  })

  it('keeps two uploads of one key apart', async () => {
    const { signer } = subject()
    const first = await begin(subject())
    const second = await begin(subject(), first.key)
    await sendPart(subject(), first, 1, content(10, 1))
    expect(await signer.listParts(second)).toEqual([])
    await signer.abort(second)
    expect(await signer.listParts(first)).toEqual([{ partNumber: 1, size: 10 }])
  })
}

function describePages(subject: () => MultipartSubject): void {
  it('lists more than a thousand parts', async () => {
    const upload = await begin(subject())
    const numbers = Array.from({ length: 1_005 }, (_, index) => index + 1)
    for (let start = 0; start < numbers.length; start += 30) {
      await Promise.all(
        numbers.slice(start, start + 30).map((number) => sendPart(subject(), upload, number, content(1, number))),
      )
    }
    expect((await subject().signer.listParts(upload))?.map(({ partNumber }) => partNumber)).toEqual(numbers)
    await subject().signer.abort(upload)
  })
}

function describeEnds(subject: () => MultipartSubject): void {
  const begun = async (): Promise<MultipartUpload> => {
    const upload = await begin(subject())
    await sendPart(subject(), upload, 1, content(10, 1))
    return upload
  }
  const complete = (upload: MultipartUpload) => subject().signer.complete({ ...upload, contentType: 'text/csv' })

  it('completes once; after that the upload is no longer known, and the object stays', async () => {
    const { signer, store } = subject()
    const upload = await begun()
    const completed = await complete(upload)
    expect(completed?.etag).toMatch(/^[^"]+$/u)
    expect(await complete(upload)).toBeUndefined()
    expect(await signer.listParts(upload)).toBeUndefined()
    await signer.abort(upload)
    expect((await store.head(upload.key))?.etag).toBe(completed?.etag)
  })

  it('drops the parts of an upload that is aborted, and aborts it again without complaint', async () => {
    const { signer, store } = subject()
    const upload = await begun()
    await signer.abort(upload)
    await signer.abort(upload)
    expect(await signer.listParts(upload)).toBeUndefined()
    expect(await complete(upload)).toBeUndefined()
    expect(await store.head(upload.key)).toBeUndefined()
  })

  it('knows nothing of an upload that was never begun', async () => {
    const { signer } = subject()
    const upload = { ...(await begin(subject())), key: newKey() }
    expect(await signer.listParts(upload)).toBeUndefined()
    expect(await complete(upload)).toBeUndefined()
    await signer.abort(upload)
  })
}
