import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { createCkanClient } from '@ckan-uplink/ckan'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runChecks } from '../src/doctor/check.ts'
import { privateFileChecks } from '../src/doctor/private-file-check.ts'

const GATEWAY = 'https://uploads.example.org'
const TOKEN = 'token-of-the-operator'

interface Asked {
  readonly path: string
  readonly body: string
  readonly token: string | undefined
  readonly range: string | undefined
}
type Said = readonly [status: number, body?: object]

let server: Server
let url: string
let asked: Asked[] = []
let answers: Readonly<Record<'search' | 'plugin' | 'gateway' | 'bucket', Said>>

/** CKAN with the plugin, the gateway as seen from here, and the bucket: each has an own path. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { url: path = '', headers } = request
    const body = await text(request)
    asked.push({ path, body, token: headers.authorization, range: headers.range })
    const who = { '/api': 'search', '/upl': 'plugin', '/res': 'gateway' } as const
    const [status, said] = answers[who[path.slice(0, 4) as keyof typeof who] ?? 'bucket']
    const location = status === 302 ? { Location: `${url}/bucket/signed` } : {}
    const type = said === undefined ? 'text/html' : 'application/json'
    response.writeHead(status, { 'Content-Type': type, ...location }).end(said ? JSON.stringify(said) : 'x')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => void server.close())

const linkOf = (id: string) =>
  `${GATEWAY}/resource/${id}/download/0190a8e0-0000-7000-8000-000000000000/${'a'.repeat(16)}/a.csv`
const EARLIER = { id: 'earlier', url: linkOf('earlier'), last_modified: '2026-01-01T00:00:00' }
const LATEST = { id: 'latest', url: linkOf('latest'), last_modified: '2026-02-01T00:00:00' }
/** A person has copied the link of another resource. */
const COPIED = { id: 'copied', url: linkOf('latest'), last_modified: '2026-03-01T00:00:00' }

/** The datasets of a search, each with its resources. */
const found = (...datasets: readonly (readonly object[])[]): Said => {
  const results = datasets.map((resources, index) => ({ name: `dataset-${index + 1}`, resources }))
  return [200, { success: true, result: { results } }]
}
const ALL = {
  search: found([EARLIER, LATEST, COPIED]),
  plugin: [200, { grant: 'a.b.c', url: LATEST.url }],
  gateway: [302],
  bucket: [206],
} as const

async function look(different: Partial<typeof answers> = {}, variables: Readonly<Record<string, string>> = {}) {
  answers = { ...ALL, ...different }
  asked = []
  const env = { CKAN_URL: url, GATEWAY_URL: GATEWAY, BUCKET_NAME: 'files', ...variables }
  const settings = readFrom(env, readSettings)
  const client = createCkanClient({ url, concurrency: 1, timeoutMs: 5000 })
  const reports = []
  for await (const report of runChecks(privateFileChecks({ client, token: TOKEN, settings, reach: url })))
    reports.push(report)
  return reports
}

describe('the doctor at a private file', () => {
  it('opens the first byte of the file that was linked last, by two calls to CKAN', async () => {
    const [report] = await look()
    expect(report).toMatchObject({ state: 'right', found: 'the file of the resource latest opens by a grant' })
    expect(asked.map(({ path }) => path.split('?')[0])).toEqual([
      '/api/3/action/package_search',
      '/uplink/grant',
      LATEST.url.slice(GATEWAY.length),
      '/bucket/signed',
    ])
    expect(asked[2]?.path).toMatch(/\?grant=a\.b\.c$/u)
    // Neither the gateway nor the bucket gets the token of the operator.
    expect(asked.map(({ token }) => token)).toEqual([TOKEN, TOKEN, undefined, undefined])
    expect(asked.slice(2).map(({ range }) => range)).toEqual(['bytes=0-0', 'bytes=0-0'])
  })

  it('takes an empty file, and a gateway that sends the file itself', async () => {
    for (const different of [{ bucket: [416] }, { gateway: [206] }, { gateway: [200] }] as const)
      expect(await look(different)).toMatchObject([{ state: 'right' }])
  })

  it('passes over datasets in which no resource has a linked file', async () => {
    expect(await look({ search: found([COPIED], [], [EARLIER, LATEST]) })).toMatchObject([
      { state: 'right', found: 'the file of the resource latest opens by a grant' },
    ])
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ rows: 5 })
  })

  it('opens a file that CKAN shows at a former address of the gateway', async () => {
    const url = LATEST.url.replace(GATEWAY, 'https://old.example.org')
    const former = { FORMER_URLS: 'https://old.example.org' }
    expect(await look({ search: found([{ ...LATEST, url }]) }, former)).toMatchObject([{ state: 'right' }])
    const escaped = '*https\\:\\/\\/HOST\\.example\\.org\\/resource\\/*'
    const [present, old] = ['uploads', 'old'].map((host) => escaped.replace('HOST', host))
    expect(JSON.parse(asked[0]?.body ?? '').fq).toBe(`+capacity:private +res_url:(${present} OR ${old})`)
    expect(asked[2]?.path.split('?')[0]).toBe(LATEST.url.slice(GATEWAY.length))
  })

  it('leaves out a file at a former public host, for which the plugin gives no grant', async () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000001'
    const path = `${id}/0190a8e0-0000-7000-8000-000000000000/a.csv?v=${'a'.repeat(16)}`
    const url = `https://old.example.org/resources/api_uploads/${path}`
    const former = { FORMER_URLS: 'https://old.example.org' }
    expect(await look({ search: found([{ id, url }]) }, former)).toMatchObject([{ state: 'hint' }])
  })

  it.each([
    [found(), 'not opened: CKAN shows your token no private dataset with a URL of this gateway'],
    [
      found([COPIED], []),
      'not opened: no resource has a linked file in the private datasets dataset-1, dataset-2, the last to change of those with a URL of this gateway',
    ],
  ])('says where it found no private file, and asks no more', async (search, words) => {
    expect(await look({ search })).toMatchObject([{ state: 'hint', found: words }])
    expect(asked).toHaveLength(1)
  })

  it('says that CKAN has no plugin, which is no fault', async () => {
    expect(await look({ plugin: [404] })).toMatchObject([{ state: 'hint', found: expect.stringContaining('plugin') }])
  })

  it('is silent where the public host serves every file', async () => {
    expect(await look({}, { PUBLIC_BUCKET_URL: 'https://files.example.org' })).toEqual([])
    expect(asked).toEqual([])
  })

  it.each<[string, Partial<typeof answers>, RegExp, RegExp]>([
    [
      'CKAN gives no grant',
      { plugin: [403, { error: 'Not yours.' }] },
      /no grant .* 403 Not yours\./u,
      /ckanext-uplink/u,
    ],
    [
      'the gateway refuses it',
      { gateway: [403, { detail: 'Wrong key.' }] },
      /gateway answers 403\. Wrong key\./u,
      /plugin for CKAN/u,
    ],
    ['the gateway has no such file', { gateway: [404, {}] }, /the gateway answers 404\./u, /reconcile/u],
    ['the upload was withdrawn', { gateway: [410, {}] }, /the gateway answers 410\./u, /reconcile/u],
    ['the bucket has no such object', { bucket: [404] }, /the bucket answers 404\./u, /reconcile/u],
    ['the bucket refuses the URL', { bucket: [403] }, /the bucket answers 403\./u, /clock .* credentials/u],
    ['CKAN does not search', { search: [409, { success: false, error: {} }] }, /package_search/u, /reaches CKAN/u],
  ])('finds that %s, and says what to do', async (_, different, reason, advice) => {
    expect(await look(different)).toMatchObject([
      { state: 'wrong', found: expect.stringMatching(reason), what_to_do: expect.stringMatching(advice) },
    ])
  })
})
