import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type ObjectStore, systemClock, UnavailableError } from '@ckan-uplink/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectStorage, createStore } from '../src/index.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A Blob Storage with scripted answers, one per request. The last answer repeats. */
let storage: Server
let answers: Answer[]
let requests: string[]
let store: ObjectStore

const RECORD = new TextEncoder().encode('{}')

const cut: Answer = (_, response) => void response.destroy()
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, body = ''): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end(body)

function page(name: string, marker: string): Answer {
  const blob = `<Blob><Name>${name}</Name><Properties><Last-Modified>Sun, 22 Nov 2026 10:00:00 GMT</Last-Modified><Etag>0x1</Etag><Content-Length>1</Content-Length></Properties></Blob>`
  const xml = `<?xml version="1.0"?><EnumerationResults><Blobs>${blob}</Blobs><NextMarker>${marker}</NextMarker></EnumerationResults>`
  return status(200, { 'Content-Type': 'application/xml' }, xml)
}

beforeAll(async () => {
  storage = createServer((request, response) => {
    request.resume().on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://storage')
      const version = searchParams.get('versionid')
      requests.push(`${request.method} ${pathname}${version === null ? '' : ` ${version}`}`)
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      answer?.(request, response)
    })
  })
  await new Promise<void>((resolve) => storage.listen(0, '127.0.0.1', resolve))
  const address = storage.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/account`
  store = createStore(
    connectStorage({ url, accountKey: btoa('key'), clock: systemClock }).service.getContainerClient('open-data'),
  )
})
afterAll(() => {
  storage.closeAllConnections()
  storage.close()
})
beforeEach(() => {
  requests = []
})

describe('createStore, when the storage fails', () => {
  it.each([
    ['created', 'absent', 409],
    ['changed', { etag: '0x1' }, 412],
  ] as const)('does not take its own lost success for a refusal when a record is %s', async (_, onlyIf, refusal) => {
    answers = [cut, status(refusal, { 'x-ms-error-code': 'ConditionNotMet' })]
    await expect(store.put('record', RECORD, { onlyIf })).rejects.toThrow(UnavailableError)
    expect(requests).toEqual(['PUT /account/open-data/record'])
  })

  it('retries calls that may be repeated', async () => {
    answers = [cut, status(503), status(201, { ETag: '"0x2"' })]
    expect(await store.put('object', RECORD)).toBe('0x2')
    expect(requests).toHaveLength(3)
  })

  it('names the operation and the reason, in the words of the storage', async () => {
    answers = [
      status(
        403,
        { 'Content-Type': 'application/xml' },
        '<Error><Code>AuthorizationPermissionMismatch</Code><Message>Not allowed.\nRequestId:1</Message></Error>',
      ),
    ]
    await expect(store.get('a "b"')).rejects.toThrow(
      'Blob Storage could not get "a \\"b\\"": 403 AuthorizationPermissionMismatch: Not allowed. Try again later.',
    )
  })

  it('does not take a missing container for a missing object', async () => {
    answers = [status(404, { 'x-ms-error-code': 'ContainerNotFound' })]
    await expect(store.head('a')).rejects.toThrow('404 ContainerNotFound')
    answers = [status(404, { 'x-ms-error-code': 'BlobNotFound' })]
    expect(await store.head('a')).toBeUndefined()
  })

  it('fails when a page of a listing fails', async () => {
    answers = [page('a', 'next'), status(500)]
    const listed: string[] = []
    const listing = async () => {
      for await (const { key } of store.list('')) listed.push(key)
    }
    await expect(listing()).rejects.toThrow(UnavailableError)
    expect(listed).toEqual(['a'])
  })
})

describe('purge', () => {
  const listing = (...blobs: readonly string[]): Answer =>
    status(
      200,
      { 'Content-Type': 'application/xml' },
      `<?xml version="1.0"?><EnumerationResults><Blobs>${blobs.join('')}</Blobs><NextMarker/></EnumerationResults>`,
    )
  const blob = (name: string, inner: string, properties = '') =>
    `<Blob><Name>${name}</Name>${inner}<Properties><Last-Modified>Sun, 22 Nov 2026 10:00:00 GMT</Last-Modified><Etag>0x1</Etag>${properties}</Properties></Blob>`
  const deleted = (name: string, version: string, days: number) =>
    blob(
      name,
      `<Deleted>true</Deleted><VersionId>${version}</VersionId>`,
      `<DeletedTime>Mon, 23 Nov 2026 10:00:00 GMT</DeletedTime><RemainingRetentionDays>${days}</RemainingRetentionDays>`,
    )
  const done = status(202)

  it('removes the blob and its earlier versions, and no other blob', async () => {
    const version = blob('a', '<VersionId>v1</VersionId>')
    answers = [done, listing(version, blob('a/b', '<VersionId>v9</VersionId>')), done, listing()]
    expect(await store.purge('a')).toBeUndefined()
    const deletions = requests.filter((request) => request.startsWith('DELETE'))
    expect(deletions).toEqual(['DELETE /account/open-data/a', 'DELETE /account/open-data/a v1'])
  })

  it('returns the time until which the account keeps deleted blobs', async () => {
    const kept = listing(deleted('a', 'v1', 3), deleted('a', 'v2', 6), deleted('a/b', 'v3', 300))
    answers = [status(404, { 'x-ms-error-code': 'BlobNotFound' }), kept, kept]
    expect(await store.purge('a')).toEqual(new Date('2026-11-30T10:00:00Z'))
    expect(requests.filter((request) => request.startsWith('DELETE'))).toHaveLength(1)
  })
})

describe('createStore, with an unusual blob', () => {
  const leased = status(412, { 'x-ms-error-code': 'LeaseIdMissing' })

  it.each([
    ['remove', 202],
    ['purge', 202],
  ] as const)('breaks a lease before it can %s the blob', async (operation, code) => {
    const empty = '<?xml version="1.0"?><EnumerationResults><Blobs></Blobs><NextMarker/></EnumerationResults>'
    const nothing = status(200, { 'Content-Type': 'application/xml' }, empty)
    answers = [leased, status(202, { 'x-ms-lease-time': '0' }), status(code), nothing]
    await store[operation]('leased')
    expect(requests.slice(0, 3)).toEqual([
      'DELETE /account/open-data/leased',
      'PUT /account/open-data/leased',
      'DELETE /account/open-data/leased',
    ])
  })

  it.each(['remove', 'purge'] as const)(
    'says who can %s a leased blob where its identity may not',
    async (operation) => {
      answers = [leased, status(403, { 'x-ms-error-code': 'AuthorizationPermissionMismatch' })]
      await expect(store[operation]('leased')).rejects.toThrow(
        /leased, and this identity may not break the lease. Run "reconcile --fix" or "clean --fix" as an operator/u,
      )
      expect(requests).toHaveLength(2)
    },
  )

  it('does not retry reading an archived blob', async () => {
    const archived = {
      'Content-Length': '9',
      ETag: '"0x1"',
      'x-ms-access-tier': 'Archive',
      'x-ms-blob-type': 'BlockBlob',
    }
    answers = [status(409, { 'x-ms-error-code': 'BlobArchived' }), status(200, archived)]
    const found = await store.get('archived', { length: 10 })
    expect(found).toMatchObject({ object: { size: 9, unreadable: expect.stringContaining('archive tier') } })
    expect(found?.bytes).toHaveLength(0)
  })

  it.each([
    ['of another type', { 'x-ms-blob-type': 'AppendBlob' }, 'is of type AppendBlob'],
    ['copied', { 'x-ms-copy-source': 'https://elsewhere.example.org/a' }, 'was copied from another address'],
    ['leased', { 'x-ms-lease-state': 'leased' }, 'is leased'],
  ])('explains why a blob that is %s cannot be linked', async (_, headers, words) => {
    answers = [status(200, { 'x-ms-blob-type': 'BlockBlob', ...headers })]
    expect(await store.head('odd')).toMatchObject({ irregular: expect.stringContaining(words) })
  })

  it('reports no fault of an ordinary blob', async () => {
    answers = [
      status(200, { 'x-ms-blob-type': 'BlockBlob', 'x-ms-lease-state': 'available', 'x-ms-access-tier': 'Hot' }),
    ]
    const found = await store.head('fine')
    expect([found?.irregular, found?.unreadable]).toEqual([undefined, undefined])
  })
})
