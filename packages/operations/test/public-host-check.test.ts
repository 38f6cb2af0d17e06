import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runChecks } from '../src/doctor/check.ts'
import { publicHostChecks } from '../src/doctor/public-host-check.ts'

let server: Server
let url: string
let answer: readonly [status: number, type: string]

beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(answer[0], { 'Content-Type': answer[1] }).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => void server.close())

async function look(settings: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const all = readFrom({ CKAN_URL: url, GATEWAY_URL: url, BUCKET_NAME: 'files', ...settings }, readSettings)
  const states: string[] = []
  for await (const { state } of runChecks(publicHostChecks(all))) states.push(state)
  return states
}

describe('the doctor at the public host', () => {
  it.each<[string, typeof answer, string]>([
    ['finds the gateway', [404, 'application/problem+json'], 'right'],
    ['finds a bucket that lacks the object', [404, 'text/html'], 'wrong'],
    ['finds a bucket that has the object', [200, 'text/csv'], 'wrong'],
    ['finds a bucket that refuses', [403, 'application/xml'], 'wrong'],
  ])('%s', async (_, given, state) => {
    answer = given
    expect(await look({ PUBLIC_BUCKET_URL: url })).toEqual([state])
  })

  it('does nothing if there is no public host', async () => {
    expect(await look({})).toEqual([])
  })
})
