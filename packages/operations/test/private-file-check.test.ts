import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createCkanClient } from '@ckan-uplink/ckan'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runChecks } from '../src/doctor/check.ts'
import { privateFileChecks } from '../src/doctor/private-file-check.ts'

const GATEWAY = 'https://uploads.example.org'
const TOKEN = 'token-of-the-operator'

interface Asked {
  readonly path: string
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
  server = createServer(({ url: path = '', headers }, response) => {
    asked.push({ path, token: headers.authorization, range: headers.range })
    const who = { '/api': 'search', '/upl': 'plugin', '/res': 'gateway' } as const
    const [status, body] = answers[who[path.slice(0, 4) as keyof typeof who] ?? 'bucket']
    const location = status === 302 ? { Location: `${url}/bucket/signed` } : {}
    const type = body === undefined ? 'text/html' : 'application/json'
    response.writeHead(status, { 'Content-Type': type, ...location }).end(body ? JSON.stringify(body) : 'x')
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

const found = (...resources: readonly object[]): Said => [
  200,
  { success: true, result: { results: resources.length === 0 ? [] : [{ resources }] } },
]
const ALL = {
  search: found(EARLIER, LATEST, COPIED),
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

  it('says that there is no private file, and asks no more', async () => {
    for (const search of [found(), found(COPIED)]) {
      expect(await look({ search })).toMatchObject([{ state: 'hint', found: expect.stringContaining('no private') }])
      expect(asked).toHaveLength(1)
    }
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
