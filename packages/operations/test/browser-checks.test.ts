import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { readFrom, readSettings } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserChecks } from '../src/doctor/browser-checks.ts'
import { runChecks } from '../src/doctor/check.ts'

const OURS = 'https://data.example.org'

/** Answers preflights as its rule has it: none when there is no rule. */
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

async function look(allowedOrigins: string): Promise<readonly string[]> {
  const settings = readFrom(
    { CKAN_URL: url, GATEWAY_URL: url, BUCKET_NAME: 'files', ALLOWED_ORIGINS: allowedOrigins },
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

describe('the doctor, asking as a browser asks', () => {
  const allow = (origin: string, headers: string) => ({
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Headers': headers,
  })
  const all = 'Authorization, Content-Type, If-None-Match'

  it.each([
    ['the page', allow(OURS, all), OURS, 'right', 'right'],
    ['everybody', allow('*', '*'), OURS, 'right', 'right'],
    ['everybody, as is wanted', allow('*', all), '*', 'right', 'right'],
    ['nobody', undefined, OURS, 'wrong', 'wrong'],
    ['another page', allow('https://other.example.org', all), OURS, 'wrong', 'wrong'],
    ['the page without what an upload sends', allow(OURS, 'authorization, content-type'), OURS, 'right', 'wrong'],
    ['one page of two', allow(OURS, all), `${OURS},https://two.example.org`, 'wrong', 'wrong'],
    ['nobody, as no page is to upload', undefined, '', 'hint', 'hint'],
  ])('sees that %s is let in', async (_who, answered, origins, atGateway, atBucket) => {
    rule = answered
    expect(await look(origins)).toEqual([
      `browsers at the gateway: ${atGateway}`,
      `browsers at the bucket: ${atBucket}`,
    ])
  })
})
