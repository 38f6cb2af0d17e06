import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserChecks } from '../src/doctor/browser-checks.ts'
import { runChecks } from '../src/doctor/check.ts'

const OURS = 'https://data.example.org'

/** A server whose preflight answers follow `rule`. Without a rule it refuses. */
let server: Server
let url: string
let rule: Readonly<Record<string, string>> | undefined

beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(rule ? 200 : 403, rule).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => void server.close())

async function look(allowedOrigins: string, more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const settings = readFrom(
    { CKAN_URL: url, GATEWAY_URL: url, BUCKET_NAME: 'files', ALLOWED_ORIGINS: allowedOrigins, ...more },
    readSettings,
  )
  const states: string[] = []
  const subject = {
    settings,
    urlOf: async (key: string) => `${url}/files/${key}`,
    uploadHeaders: ['content-type', 'if-none-match'],
  }
  for await (const { check, state } of runChecks(browserChecks(subject))) states.push(`${check}: ${state}`)
  return states
}

describe('preflights of the doctor', () => {
  const allow = (origin: string, headers: string) => ({
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Headers': headers,
  })
  const all = 'Authorization, Content-Type, If-None-Match'

  it.each([
    ['the page', allow(OURS, all), OURS, 'right', 'right', 'hint', 'wrong'],
    ['every page', allow('*', '*'), OURS, 'right', 'right', 'right', 'right'],
    ['every page, which the settings ask for', allow('*', `${all}, Range`), '*', 'right', 'right', 'right', 'right'],
    ['every page, but no part of a file', allow('*', all), '*', 'right', 'right', 'right', 'wrong'],
    ['no page', undefined, OURS, 'wrong', 'wrong', 'hint', 'wrong'],
    ['another page', allow('https://other.example.org', all), OURS, 'wrong', 'wrong', 'hint', 'wrong'],
    [
      'the page, but not to upload',
      allow(OURS, 'authorization, content-type'),
      OURS,
      'right',
      'wrong',
      'hint',
      'wrong',
    ],
    ['one page of two', allow(OURS, all), `${OURS},https://two.example.org`, 'wrong', 'wrong', 'hint', 'wrong'],
    ['no page, where no page may upload', undefined, '', 'hint', 'hint', 'hint', 'wrong'],
    ['a page that reads, where no page may upload', allow('null', 'range'), '', 'hint', 'hint', 'hint', 'right'],
  ])('find that %s is allowed', async (_who, answered, origins, atGateway, atBucket, page, reading) => {
    rule = answered
    expect(await look(origins)).toEqual([
      `browsers at the gateway: ${atGateway}`,
      `browsers at the bucket: ${atBucket}`,
      `upload page: ${page}`,
      `browsers that read: ${reading}`,
    ])
  })

  it("find the gateway's own page allowed where no other page may upload", async () => {
    rule = allow(url, all)
    expect(await look('')).toContain('upload page: right')
    expect(await look('', { PASS_THROUGH: 'false' })).toContain('upload page: hint')
  })
})
