import type { Settings } from '@ckan-uplink/core/settings'
import {
  buildKey,
  linkedUrl,
  RECORDS_COMPLETE_KEY,
  recordIdOf,
  recordKey,
  type UploadRecord,
  versionOf,
} from '@ckan-uplink/core/uploads'
import { describe, expect, it } from 'vitest'
import {
  EDITOR,
  GATEWAY,
  PRIVATE_ID,
  PUBLIC_ID,
  READER,
  resource,
  startGateway,
  UNKNOWN_ID,
} from '../support/gateway-fixture.ts'

const NEW = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const OLD = '019ab2c0-0000-7c3e-8a55-0d9e4b6f1c22'
const OTHER_VERSION = '0123456789abcdef'
const bytesOf = (text: string) => new TextEncoder().encode(text)

type Gateway = ReturnType<typeof startGateway>
type Changes = { readonly [Field in keyof UploadRecord]?: UploadRecord[Field] | undefined }

interface File {
  readonly resourceId?: string
  readonly uploadId?: string | undefined
  readonly fileName?: string
  /** Of a record that says `linked`; `null`: there is no record. */
  readonly record?: Changes | null
}

/** Puts an object with its record; gives its path at the gateway, and its URL in CKAN. */
async function putFile(
  { store, settings }: Pick<Gateway, 'store' | 'settings'>,
  { resourceId = PUBLIC_ID, uploadId, fileName = 'a.csv', record = {} }: File,
) {
  const parts = { resourceId, fileName, ...(uploadId !== undefined && { uploadId }) }
  const key = buildKey(settings.keyPrefix, parts)
  const version = await versionOf((await store.put(key, bytesOf(`a,b\n${key}\n`))) ?? '')
  const id = recordIdOf({ kind: 'resource', ...parts })
  const linked = { version, size: 1, at: '2026-01-01T00:00:00.000Z' }
  const whole = { version: 1, id, entity: { type: 'resource', id: resourceId }, key, declared: {}, limits: {} }
  if (record !== null)
    await store.put(recordKey(id), bytesOf(JSON.stringify({ ...whole, state: 'linked', linked, ...record })))
  const url = linkedUrl(settings, parts, version)
  return { key, version, url, path: pathOf(parts) }
}

function pathOf({ resourceId, uploadId, fileName }: { resourceId: string; uploadId?: string; fileName: string }) {
  const names = [resourceId, 'download', ...(uploadId === undefined ? [] : [uploadId]), fileName]
  return `/resource/${names.map(encodeURIComponent).join('/')}`
}

/** A gateway whose CKAN shows a file that was linked. */
async function startWithFile(file: File = {}, settings: Partial<Settings> = {}) {
  const gateway = startGateway({ settings })
  const resourceId = file.resourceId ?? PUBLIC_ID
  const put = await putFile(gateway, { uploadId: NEW, ...file })
  const show = (url: string) => gateway.resources.set(resourceId, resource(resourceId, { url }))
  show(put.url)
  return { ...gateway, ...put, show }
}

/** The same with a file that was there before. */
async function startWithReplaced(record: Changes | null = {}, settings: Partial<Settings> = {}) {
  const gateway = await startWithFile({}, settings)
  const old = await putFile(gateway, { uploadId: OLD, fileName: 'old.csv', record })
  return { ...gateway, old }
}

function keyOf(response: Response): string {
  return decodeURIComponent(new URL(response.headers.get('Location') ?? '').pathname.slice(1))
}

describe('a download', () => {
  it('is a redirect to a short pre-signed GET of what CKAN shows', async () => {
    const { send, url, key } = await startWithFile({ fileName: '日本語 データ (1)+final.csv' })
    const response = await send(url.replace(GATEWAY, ''))
    expect(response.status).toBe(302)
    expect(keyOf(response)).toBe(key)
    const query = new URL(response.headers.get('Location') ?? '').searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      method: 'GET',
      expires: '300',
      type: 'text/csv',
      cache: 'private, no-store',
      disposition: `attachment; filename="___ ___ (1)+final.csv"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E%20%E3%83%87%E3%83%BC%E3%82%BF%20%281%29%2Bfinal.csv`,
    })
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Vary')).toBe('Authorization')
    expect(response.headers.has('Link')).toBe(false)
  })

  it.each([NEW, undefined])('works for the URL that an older linker wrote, too: upload %s', async (uploadId) => {
    const { send, show, path, key, url, version } = await startWithFile({ uploadId })
    expect(url.replace(GATEWAY, '')).toBe(path.replace('a.csv', `${version}/a.csv`))
    for (const shown of [url, `${GATEWAY}${path}?v=${version}`]) {
      show(shown)
      for (const address of [url.replace(GATEWAY, ''), `${path}?v=${version}`, path])
        expect(keyOf(await send(address))).toBe(key)
    }
  })

  it('leads to the present content, also when its URL names another version', async () => {
    const { send, url, key, version } = await startWithFile()
    expect(keyOf(await send(url.replace(GATEWAY, '').replace(version, OTHER_VERSION)))).toBe(key)
  })

  it.each<[string, string, { linked?: object; declared?: object }, object, string, string]>([
    ['says what CKAN was told', 'data.csv', { linked: { mimetype: 'text/plain' } }, {}, 'text/plain', 'data.csv'],
    ['is named by what CKAN was told', 'data', { linked: { mimetype: 'text/csv' } }, {}, 'text/csv', 'data.csv'],
    [
      'says what CKAN was told, also after a change of the format in CKAN',
      'data',
      { linked: { mimetype: 'text/csv' } },
      { format: 'PDF' },
      'text/csv',
      'data.csv',
    ],
    ['of an older record says what CKAN shows', 'data', {}, { format: 'CSV' }, 'text/csv', 'data.csv'],
    ['says the declared type', 'data', { declared: { format: 'CSV' } }, {}, 'text/csv', 'data.csv'],
    ['says nothing where nothing tells', 'Budget v1.2', {}, {}, 'application/octet-stream', 'Budget v1.2'],
  ])('%s', async (_, fileName, { linked, ...record }, shown, type, name) => {
    const gateway = await startWithFile({ fileName, record })
    const { store, path, url, version, resources } = gateway
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url, ...shown }))
    const stored = store.json(recordKey(NEW))
    const told = { ...stored, linked: { version, size: 1, at: '2026-01-01T00:00:00.000Z', ...linked } }
    await store.put(recordKey(NEW), bytesOf(JSON.stringify(told)))
    const query = new URL((await gateway.send(path)).headers.get('Location') ?? '').searchParams
    expect(query.get('type')).toBe(type)
    expect(query.get('disposition')).toContain(`filename="${name}"`)
  })

  it('by HEAD is a redirect to a pre-signed HEAD', async () => {
    const { send, path } = await startWithFile()
    const response = await send(path, { method: 'HEAD' })
    expect(response.status).toBe(302)
    expect(response.headers.get('Location')).toContain('method=HEAD')
  })

  it.each([NEW, undefined])('works for the URL of a public bucket, too: upload %s', async (uploadId) => {
    const publicBucketUrl = 'https://files.example.org'
    const { send, path, key, url } = await startWithFile({ uploadId }, { publicBucketUrl })
    expect(url).toContain(publicBucketUrl)
    expect(keyOf(await send(path))).toBe(key)
  })

  it('of the plain key has no upload id', async () => {
    const { send, path } = await startWithFile({ uploadId: undefined })
    expect(keyOf(await send(path))).toBe(`resources/api_uploads/${PUBLIC_ID}`)
  })

  it('takes a resource id with blanks', async () => {
    const { send, path, key } = await startWithFile({ resourceId: 'my resource' })
    expect(keyOf(await send(path))).toBe(key)
  })

  it.each([
    ['another file name', { uploadId: NEW, fileName: 'b.csv' }],
    ['another upload', { uploadId: '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c23', fileName: 'a.csv' }],
    ['no upload id', { fileName: 'a.csv' }],
    ['something else for an upload id', { uploadId: '..', fileName: 'a.csv' }],
    ['a name that climbs', { uploadId: NEW, fileName: '../a.csv' }],
  ])('is not found under %s', async (_, parts) => {
    const { send } = await startWithFile()
    const response = await send(pathOf({ resourceId: PUBLIC_ID, ...parts }))
    expect([response.status, response.headers.get('Content-Type')]).toEqual([404, 'application/problem+json'])
  })

  it('is not found when the object is gone', async () => {
    const { send, path, store, key } = await startWithFile()
    await store.remove(key)
    expect((await send(path)).status).toBe(404)
  })

  it.each([
    ['an anonymous caller', undefined, 403],
    ['a token that may not read', READER, 403],
    ['a made-up token', 'made-up', 403],
    ['a token that may', EDITOR, 302],
    ['a token with Bearer', `Bearer ${EDITOR}`, 302],
  ])('of a private resource is left to CKAN to allow: %s', async (_, token, status) => {
    const { send, path } = await startWithFile({ resourceId: PRIVATE_ID })
    expect((await send(path, token === undefined ? {} : { token })).status).toBe(status)
  })

  it('of an unknown or deleted resource is not found', async () => {
    const { send, resources, path } = await startWithFile()
    expect((await send(path.replace(PUBLIC_ID, UNKNOWN_ID))).status).toBe(404)
    resources.set(PUBLIC_ID, { ...resource(PUBLIC_ID), ...resources.get(PUBLIC_ID), state: 'deleted' })
    expect((await send(path)).status).toBe(404)
  })
})

describe('a file that CKAN shows because somebody wrote its URL by hand', () => {
  it.each([
    ['was refused', { state: 'failed', code: 'too_large', linked: undefined }],
    ['was aborted', { state: 'aborted', linked: undefined }],
    ['was superseded before it was linked', { state: 'superseded', linked: undefined }],
    ['was linked in another version', { linked: { version: OTHER_VERSION, size: 1, at: '2026-01-01T00:00:00.000Z' } }],
  ] as const)('is not found when it %s', async (_, record) => {
    const { send, path } = await startWithFile({ record })
    expect((await send(path)).status).toBe(404)
    expect((await send(path, { token: EDITOR })).status).toBe(404)
  })

  it('is served while the linker has yet to write the record', async () => {
    const { send, path } = await startWithFile({ record: { state: 'issued', linked: undefined } })
    expect((await send(path)).status).toBe(302)
  })

  it('is not found when it is a plain file without a record and the version is made up', async () => {
    const { send, path, url, version, show, store } = await startWithFile({ uploadId: undefined, record: null })
    await store.put(RECORDS_COMPLETE_KEY, bytesOf('{}'))
    expect((await send(path)).status).toBe(302)
    show(url.replace(version, OTHER_VERSION))
    expect((await send(path, { token: EDITOR })).status).toBe(404)
  })

  it('is served without a record and with another version until every file that CKAN shows has a record', async () => {
    const gateway = await startWithFile({ uploadId: undefined, record: null })
    const { send, path, url, version, show, store, time } = gateway
    show(url.replace(version, OTHER_VERSION))
    expect((await send(path)).status).toBe(302)
    await store.put(RECORDS_COMPLETE_KEY, bytesOf('{}'))
    expect((await send(path)).status).toBe(302)
    time.now = new Date(time.now.getTime() + 300_000)
    expect((await send(path)).status).toBe(404)
  })
})

describe('a file that was replaced', () => {
  it('is a redirect to the present file for readers', async () => {
    const { send, old, url, calls } = await startWithReplaced()
    for (const token of [undefined, READER]) {
      const response = await send(old.path, token === undefined ? {} : { token })
      expect([response.status, response.headers.get('Location')]).toEqual([302, url])
      expect(response.headers.get('Link')).toBe(`<${url}>; rel="latest-version"`)
      expect([response.headers.get('Cache-Control'), response.headers.get('Vary')]).toEqual([
        'no-store',
        'Authorization',
      ])
    }
    expect(calls).not.toContain('signDownload')
  })

  it.each([
    ['callers who may update', EDITOR, {}],
    ['all readers where the site says so', undefined, { publicVersions: true }],
  ])('is sent to %s, with a link to the present one', async (_, token, settings) => {
    const { send, old, url } = await startWithReplaced({}, settings)
    const response = await send(old.path, token === undefined ? {} : { token })
    expect(keyOf(response)).toBe(old.key)
    expect(response.headers.get('Link')).toBe(`<${url}>; rel="latest-version"`)
  })

  it.each([
    '',
    'https://elsewhere.example.org/a.csv',
    `${GATEWAY}.example.net/resource/x/download/a.csv?v=${OTHER_VERSION}`,
  ])('is not found by readers when CKAN shows %j, where the gateway does not lead', async (url) => {
    const { send, old, show } = await startWithReplaced()
    show(url)
    expect((await send(old.path)).status).toBe(404)
    expect(keyOf(await send(old.path, { token: EDITOR }))).toBe(old.key)
  })

  it.each(['https://former.example.org', 'https://former.example.org/files'])(
    'is a redirect to the present file at the present address, when CKAN shows that at %s',
    async (former) => {
      const { send, old, show, url, path, key, version, settings } = await startWithReplaced()
      const olderForm = `${former}${path}?v=${version}`
      for (const shown of [url.replace(GATEWAY, former), olderForm, `${former}/${key}?v=${version}`]) {
        show(shown)
        expect((await send(old.path)).headers.get('Location')).toBe(url)
        expect(keyOf(await send(path))).toBe(key)
        expect(settings.publicBucketUrl).toBeUndefined()
      }
    },
  )

  it('is found by a plain name that CKAN showed before', async () => {
    const gateway = await startWithFile()
    const old = await putFile(gateway, { fileName: 'old.csv' })
    expect((await gateway.send(old.path)).headers.get('Location')).toBe(gateway.url)
  })

  it.each([
    ['was never linked', { linked: undefined, state: 'issued' }],
    ['has another key', { key: `resources/api_uploads/${PUBLIC_ID}/${OLD}/other.csv` }],
    ['has changed since', { linked: { version: OTHER_VERSION, size: 1, at: '2026-01-01T00:00:00.000Z' } }],
  ] as const)('is not found when it %s', async (_, record) => {
    const { send, old } = await startWithReplaced(record)
    expect((await send(old.path, { token: EDITOR })).status).toBe(404)
  })

  it('is for those alone who may read the resource now', async () => {
    const { send, store, settings } = await startWithFile({ resourceId: PRIVATE_ID })
    const old = await putFile({ store, settings }, { resourceId: PRIVATE_ID, uploadId: OLD })
    expect((await send(old.path)).status).toBe(403)
    expect((await send(old.path, { token: READER })).status).toBe(403)
    expect((await send(old.path, { token: EDITOR })).status).toBe(302)
  })
})

describe('a file that was withdrawn', () => {
  const withdrawn = { at: '2026-02-01T09:00:00.000Z', by: 'emma', reason: 'It names people.' }

  it.each([undefined, READER, EDITOR])('is gone, and the answer says when and not why: token %s', async (token) => {
    const { send, old, store } = await startWithReplaced({ state: 'withdrawn', withdrawn })
    await store.remove(old.key)
    const response = await send(old.path, token === undefined ? {} : { token })
    expect([response.status, response.headers.get('Content-Type')]).toEqual([410, 'application/problem+json'])
    const { title, detail } = await response.json()
    expect([title, detail]).toEqual(['Gone', expect.stringContaining(withdrawn.at)])
    expect(detail).not.toMatch(/emma|people/u)
  })

  it('is gone though CKAN shows it', async () => {
    const { send, path } = await startWithFile({ record: { state: 'withdrawn', withdrawn } })
    expect((await send(path, { token: EDITOR })).status).toBe(410)
  })

  it('says nothing to callers who may not read the resource', async () => {
    const { send, path } = await startWithFile({ resourceId: PRIVATE_ID, record: { state: 'withdrawn', withdrawn } })
    expect((await send(path)).status).toBe(403)
  })
})

describe("CKAN's yes to an anonymous reader", () => {
  const asked = (calls: readonly string[]) => calls.filter((call) => call === 'showResource').length

  it('is remembered for a minute', async () => {
    const { send, path, calls, time } = await startWithFile()
    await send(path)
    await send(path)
    expect(asked(calls)).toBe(1)
    time.now = new Date('2026-01-31T11:01:00.000Z')
    await send(path)
    expect(asked(calls)).toBe(2)
  })

  it('is not used for callers with a token, nor learned from them', async () => {
    const { send, path, calls } = await startWithFile()
    await send(path, { token: EDITOR })
    await send(path, { token: EDITOR })
    await send(path)
    expect(asked(calls)).toBe(3)
  })

  it('does not hide a file that was linked since, nor call it replaced', async () => {
    const { send, path, show, ...gateway } = await startWithFile()
    await send(path)
    const later = await putFile(gateway, { uploadId: '019ab2c9-7d10-7c3e-8a55-0d9e4b6f1c22' })
    show(later.url)
    expect(keyOf(await send(later.path))).toBe(later.key)
  })

  it('is no yes for another path', async () => {
    const { send, path } = await startWithFile()
    await send(path)
    expect((await send(path.replace('a.csv', 'b.csv'))).status).toBe(404)
  })
})
