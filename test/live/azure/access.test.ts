import { createMultipartSigner, createSigner, createStore } from '@ckan-uplink/azure'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockAgo, type KeyKind, type LiveContainer, READERS, startContainer } from './support/storage.ts'

const ORIGIN = 'https://data.example.org'
/** The deployed rules. */
const RULES = [
  {
    allowedOrigins: ORIGIN,
    allowedMethods: 'PUT',
    allowedHeaders: 'content-type,content-md5,if-none-match,x-ms-*',
    exposedHeaders: 'ETag',
    maxAgeInSeconds: 3600,
  },
  READERS,
]

let live: LiveContainer
beforeAll(async () => {
  live = await startContainer()
  await live.service.setProperties({ cors: RULES })
})
afterAll(() => live.close())

describe.each<KeyKind>(['account key', 'identity'])('a URL that is signed with the %s', (kind) => {
  const options = () => ({ container: live.container, keys: live.keysAgo(kind, 0), clock: clockAgo(0) })
  const newUpload = () => ({
    key: `resources/${crypto.randomUUID()}/table (1)+日本語.csv`,
    expiresInSeconds: 600,
    createOnly: true,
  })

  it('works only over https', async () => {
    const { url, headers } = await createSigner(options()).signUpload(newUpload())
    expect(new URL(url).protocol).toBe('https:')
    const altered = await fetch(url.replace('spr=https', 'spr=https,http'), { method: 'PUT', headers, body: 'a' })
    expect(altered.status).toBe(403)
  })

  it('allows no reading, listing or removing', async () => {
    const upload = newUpload()
    const { url, headers } = await createSigner(options()).signUpload(upload)
    expect((await fetch(url, { method: 'PUT', headers, body: 'a' })).status).toBe(201)
    expect((await fetch(url)).status).toBe(403)
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403)
    expect(
      (await fetch(`${live.container.url}?restype=container&comp=list&${new URL(url).search.slice(1)}`)).status,
    ).toBe(403)
    expect((await createStore(live.container).head(upload.key))?.size).toBe(1)
  })

  it('allows a browser to upload only from an allowed origin, in one piece and in parts', async () => {
    const upload = newUpload()
    const whole = await createSigner(options()).signUpload({ ...upload, contentType: 'text/csv' })
    const multipart = createMultipartSigner(options())
    const part = await multipart.signPart({ ...upload, id: await multipart.begin(upload), partNumber: 1, size: 1 })
    for (const { url, headers } of [whole, part]) {
      const names = Object.keys(headers).join(',').toLowerCase()
      const asked = {
        'Access-Control-Request-Method': 'PUT',
        ...(names !== '' && { 'Access-Control-Request-Headers': names }),
      }
      const preflight = await fetch(url, { method: 'OPTIONS', headers: { Origin: ORIGIN, ...asked } })
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN])
      expect(
        (await fetch(url, { method: 'OPTIONS', headers: { Origin: 'https://elsewhere.example.org', ...asked } }))
          .status,
      ).toBe(403)
      const sent = await fetch(url, { method: 'PUT', headers: { ...headers, Origin: ORIGIN }, body: 'a' })
      expect([sent.status, sent.headers.get('access-control-allow-origin')]).toEqual([201, ORIGIN])
    }
  })
})

describe('a browser that follows the redirect of a download', () => {
  it('may read a part of the file, and see which, from every page', async () => {
    const key = `resources/${crypto.randomUUID()}/table.csv`
    const options = { container: live.container, keys: live.keysAgo('identity', 0), clock: clockAgo(0) }
    await createStore(live.container).put(key, new TextEncoder().encode('a,b\n1,2\n'))
    const { url } = await createSigner(options).signDownload({ method: 'GET', key, expiresInSeconds: 60 })
    const asked = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'range' }
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { Origin: 'null', ...asked } })
    expect(preflight.status).toBe(200)
    const part = await fetch(url, { headers: { Origin: 'null', Range: 'bytes=4-6' } })
    expect([part.status, await part.text()]).toEqual([206, '1,2'])
    expect(['*', 'null']).toContain(part.headers.get('access-control-allow-origin'))
    expect(part.headers.get('access-control-expose-headers')).toMatch(/content-range/iu)
  })
})

describe('a blob that is not a normal file', () => {
  const named = () => `resources/${crypto.randomUUID()}/data.csv`

  it.each([
    ['an append blob', (key: string) => live.container.getAppendBlobClient(key).create(), 'AppendBlob'],
    ['a page blob', (key: string) => live.container.getPageBlobClient(key).create(512), 'PageBlob'],
  ] as const)('is not taken for a file: %s', async (_, create, type) => {
    const key = named()
    await create(key)
    expect(await createStore(live.container).head(key)).toMatchObject({ irregular: expect.stringContaining(type) })
  })

  it('is removed in spite of an infinite lease', async () => {
    const [store, key] = [createStore(live.container), named()]
    await store.put(key, new TextEncoder().encode('a'))
    await live.container.getBlobClient(key).getBlobLeaseClient().acquireLease(-1)
    expect(await store.head(key)).toMatchObject({ irregular: expect.stringContaining('is leased') })
    await store.remove(key)
    expect(await store.head(key)).toBeUndefined()
  })

  it('is not taken for a file: a copy', async () => {
    const [store, source, key] = [createStore(live.container), named(), named()]
    await store.put(source, new TextEncoder().encode('a'))
    const poller = await live.container.getBlobClient(key).beginCopyFromURL(live.container.getBlobClient(source).url)
    await poller.pollUntilDone()
    expect(await store.head(key)).toMatchObject({ irregular: expect.stringContaining('copied') })
  })

  it('is not taken for a file: an archived blob', async () => {
    const [store, key] = [createStore(live.container), named()]
    await store.put(key, new TextEncoder().encode('a'))
    await live.container.getBlobClient(key).setAccessTier('Archive')
    expect(await store.head(key)).toMatchObject({ unreadable: expect.stringContaining('archive tier') })
  })
})

describe('a missing container', () => {
  it('is a failure, not an empty bucket', async () => {
    const store = createStore(live.service.getContainerClient('nowhere'))
    await expect(store.head('a')).rejects.toThrow('Blob Storage could not head "a": 404 ContainerNotFound.')
    await expect(store.get('a')).rejects.toThrow('ContainerNotFound')
    await expect(store.put('a', new Uint8Array(), { onlyIf: { etag: '0x1' } })).rejects.toThrow('ContainerNotFound')
    await expect(store.remove('a')).rejects.toThrow('ContainerNotFound')
  })
})
