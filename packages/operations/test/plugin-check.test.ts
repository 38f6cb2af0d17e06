import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runChecks } from '../src/doctor/check.ts'
import { pluginChecks } from '../src/doctor/plugin-check.ts'

type Said = readonly [status: number, body: object]

let server: Server
let url: string
/** The plugin at `/uplink/`, the gateway at all other paths. */
let plugin: Said
/** The plugin at `/uplink/check` and `/uplink/check-file`. */
let checks: number
let gateway: Said
let asked: string[] = []

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const ofPlugin: Said = url.startsWith('/uplink/check') ? [checks, {}] : plugin
    const [status, body] = url.startsWith('/uplink/') ? ofPlugin : gateway
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => void server.close())

interface Answers {
  readonly plugin: Said
  readonly gateway?: Said
  readonly checks?: number
  /** Variables beside the addresses. By default all origins are allowed. */
  readonly variables?: Readonly<Record<string, string>>
}

async function look(answers: Answers) {
  plugin = answers.plugin
  gateway = answers.gateway ?? [500, {}]
  checks = answers.checks ?? 404
  asked = []
  const variables = { CKAN_URL: url, GATEWAY_URL: url, BUCKET_NAME: 'files', ALLOWED_ORIGINS: '*' }
  const settings = readFrom({ ...variables, ...answers.variables }, readSettings)
  for await (const report of runChecks(pluginChecks(settings))) return report
  throw new Error('There is no check.')
}

const OLDER = { version: '0.1.0', gateway: 'x', loads_private_files: true, grant: 'a.b.c' }
const INSTALLED: Said = [200, { ...OLDER, has_upload_action: true }]
const NO_FILE: Said = [404, { detail: 'The resource has no such file.' }]

describe('the doctor at the plugin for CKAN', () => {
  it('finds that the gateway accepts the grants of the plugin', async () => {
    const { state, found } = await look({ plugin: INSTALLED, gateway: NO_FILE })
    expect([state, found]).toEqual(['right', expect.stringContaining('0.1.0: the gateway accepts its grants')])
    expect(asked.at(-1)).toMatch(/^\/resource\/0{8}-.*\?grant=a\.b\.c$/u)
  })

  it('finds that a page of CKAN may not call the gateway', async () => {
    const otherSite = { ALLOWED_ORIGINS: 'https://portal.example.org' }
    const refused = await look({ plugin: INSTALLED, gateway: NO_FILE, variables: otherSite })
    expect(refused).toMatchObject({ state: 'wrong', what_to_do: `Add ${url} to allowedOrigins, and deploy.` })

    const ownSite = { ALLOWED_ORIGINS: `https://portal.example.org, ${url}` }
    expect(await look({ plugin: INSTALLED, gateway: NO_FILE, variables: ownSite })).toMatchObject({ state: 'right' })
  })

  it.each<[string, boolean | null, string, RegExp]>([
    ['finds a form whose field a theme has taken away', false, 'wrong', /resources of "survey" lacks the field/u],
    ['says which form the plugin could not check', null, 'hint', /resources of "survey" could not be checked/u],
    ['finds all forms in order', true, 'right', /accepts its grants/u],
  ])('%s', async (_, survey, state, reason) => {
    const plugin: Said = [200, { ...OLDER, has_upload_action: true, forms: { dataset: true, survey } }]
    const looked = await look({ plugin, gateway: NO_FILE })
    expect(looked).toMatchObject({ state, found: expect.stringMatching(reason) })
  })

  it('asks for the origin at which people reach CKAN', async () => {
    const site = { CKAN_SITE_URL: url.replace('127.0.0.1', 'localhost'), ALLOWED_ORIGINS: url }
    expect(await look({ plugin: INSTALLED, gateway: NO_FILE, variables: site })).toMatchObject({
      state: 'wrong',
      found: expect.stringContaining(`http://localhost:${new URL(url).port} is not an allowed origin`),
    })
  })

  it('finds that no xloader can read the private files that the linker submits', async () => {
    const variables = { LOADER: 'xloader', LOAD_PRIVATE: 'true' }
    expect(await look({ plugin: INSTALLED, gateway: NO_FILE, variables })).toMatchObject({ state: 'right' })
    const plugin: Said = [200, { version: '0.1.0', grant: 'a.b.c', loads_private_files: false }]
    for (const without of [plugin, [404, {}] as const])
      expect(await look({ plugin: without, gateway: NO_FILE, variables })).toMatchObject({
        state: 'wrong',
        found: expect.stringContaining('no plugin lets xloader read private files'),
      })
  })

  it('finds no fault in private files that a public host serves, since xloader needs no plugin for them', async () => {
    const host = { PUBLIC_BUCKET_URL: 'https://files.example.org' }
    const variables = { LOADER: 'xloader', LOAD_PRIVATE: 'true', ...host }
    const plugin: Said = [200, { version: '0.1.0', grant: 'a.b.c', has_upload_action: true }]
    expect(await look({ plugin, gateway: NO_FILE, variables })).toMatchObject({ state: 'right' })
    expect(await look({ plugin: [404, {}], variables })).toMatchObject({ state: 'hint' })
  })

  it('finds a plugin that is too old for upload links, or missing, where they are on', async () => {
    const variables = { UPLOAD_LINKS: 'true' }
    const installed = { plugin: INSTALLED, gateway: NO_FILE, variables }
    expect(await look({ ...installed, checks: 403 })).toMatchObject({ state: 'right' })
    expect(await look(installed)).toMatchObject({ state: 'wrong', found: expect.stringContaining('0.1.0 is too old') })
    const missing = await look({ plugin: [404, {}], variables })
    expect(missing).toMatchObject({ state: 'wrong', found: expect.stringContaining('is not installed') })
  })

  it('says that the plugin is too old for upload URLs in the API of CKAN, which is no fault', async () => {
    const { state, found } = await look({ plugin: [200, OLDER], gateway: NO_FILE })
    expect([state, found]).toEqual(['hint', expect.stringMatching(/accepts its grants.*too old .* own API/u)])
  })

  it('says that a plugin is too old for files without a resource, where CKAN has files', async () => {
    const installed = { plugin: INSTALLED, gateway: NO_FILE, variables: { FILES_STORAGE: 'uplink' } }
    expect(await look({ ...installed, checks: 403 })).toMatchObject({ state: 'right' })
    expect(await look(installed)).toMatchObject({
      state: 'hint',
      found: expect.stringContaining('too old for files_file_create'),
    })
  })

  it('says that the plugin is not there, which is no fault', async () => {
    expect(await look({ plugin: [404, {}] })).toMatchObject({ state: 'hint' })
    const withFiles = await look({ plugin: [404, {}], variables: { FILES_STORAGE: 'uplink' } })
    expect(withFiles).toMatchObject({ state: 'hint', found: expect.stringContaining('files_file_create') })
  })

  it('gives the reason of the gateway when it refuses the grant', async () => {
    const detail =
      'Access denied: The grant in this address is not valid. It is for another gateway. Open the file from its page in CKAN.'
    const { state, found } = await look({ plugin: INSTALLED, gateway: [403, { detail }] })
    expect([state, found]).toEqual(['wrong', expect.stringMatching(/version 0\.1\.0: It is for another gateway\.$/u)])
  })

  it.each<[string, Said, Said, RegExp]>([
    ['the plugin has no secret', [200, { version: '0.1.0' }], NO_FILE, /has no secret/u],
    ['the gateway has no secret', INSTALLED, [404, { detail: 'Resource was not found.' }], /gateway has no secret/u],
    ['another program answers for the plugin', [200, {}], NO_FILE, /not the answer of the plugin/u],
  ])('finds that %s', async (_, said, answer, reason) => {
    const { state, found } = await look({ plugin: said, gateway: answer })
    expect([state, found]).toEqual(['wrong', expect.stringMatching(reason)])
  })
})
