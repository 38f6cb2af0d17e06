import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCloudflareLogs } from '../../../src/clouds/cloudflare/logs.ts'
import type { Program } from '../../../src/clouds/log-reader.ts'
import { collect } from '../../support/collect.ts'
import { type Answer, type Question, startJsonServer } from '../../support/json-server.ts'

const PERIOD = { from: new Date('2026-11-27T03:00:00Z'), to: new Date('2026-11-27T04:00:00Z') }

const EVENTS = [
  { id: 'c', minute: 30, source: { level: 'info', event: 'reconciled' }, eventType: 'cron' },
  { id: 'b', minute: 20, source: 'plain words', eventType: 'queue' },
  { id: 'a', minute: 10, source: { outcome: 'linked' }, eventType: 'queue' },
].map(({ id, minute, source, eventType }) => ({
  dataset: 'cloudflare-workers',
  timestamp: PERIOD.from.getTime() + minute * 60_000,
  source,
  $metadata: { id },
  $workers: { eventType, scriptName: 'uploads-linker' },
}))

let asked: Question[]
let refused: Answer | undefined
let server: Awaited<ReturnType<typeof startJsonServer>>

beforeEach(async () => {
  asked = []
  refused = undefined
  server = await startJsonServer((question) => {
    asked.push(question)
    return refused ?? { body: { success: true, errors: [], result: { events: { events: EVENTS, count: 3 } } } }
  })
})
afterEach(() => server.close())

async function read(program: Program) {
  const needs = { variable: () => 'api-token', missing: () => {} }
  const workers = { accountId: 'a1', gateway: 'uploads', linker: 'uploads-linker' }
  const logs = openCloudflareLogs(workers, { needs, env: { CLOUDFLARE_API_BASE_URL: server.url } })
  return collect(logs.read(program, PERIOD))
}

describe('the logs on Cloudflare', () => {
  it('are read from Workers Logs of the Worker, the oldest line first, with lines in JSON and in words', async () => {
    expect(await read('linker')).toMatchObject([
      { id: 'a', at: new Date('2026-11-27T03:10:00Z'), text: '{"outcome":"linked"}' },
      { id: 'b', at: new Date('2026-11-27T03:20:00Z'), text: 'plain words' },
    ])
    expect(asked).toMatchObject([
      {
        method: 'POST',
        path: '/accounts/a1/workers/observability/telemetry/query',
        headers: { authorization: 'Bearer api-token' },
        body: {
          view: 'events',
          limit: 2_000,
          timeframe: { from: PERIOD.from.getTime(), to: PERIOD.to.getTime() - 1 },
          parameters: {
            filters: [{ key: '$metadata.service', operation: 'eq', type: 'string', value: 'uploads-linker' }],
          },
        },
      },
    ])
  })

  it("of the reconciliation are those of the linker's Worker when a schedule started it", async () => {
    expect(await read('reconcile')).toMatchObject([{ id: 'c', text: '{"level":"info","event":"reconciled"}' }])
  })

  it('of the gateway are those of its own Worker', async () => {
    expect(await read('gateway')).toHaveLength(3)
    expect(JSON.stringify(asked[0]?.body)).toContain('"value":"uploads"')
  })

  it('name the right that the token lacks', async () => {
    refused = { status: 403, body: { success: false, errors: [{ message: 'Authentication error' }] } }
    await expect(read('gateway')).rejects.toThrow(/Authentication error.*Workers Observability Write/u)
  })
})
