import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CloudflareEnvironment } from '../infra/cloudflare/entry.ts'
import { runCli, startCli } from '../packages/cli/test/support/cli.ts'
import { startJsonServer } from '../packages/operations/test/support/json-server.ts'
import { givenEnvironments } from './support/give-environments.ts'

const ACCOUNT = '0123456789abcdef0123456789abcdef'
const LINE = { level: 'info', event: 'linked', resource: 'r1' }

const environment: CloudflareEnvironment = {
  provider: 'cloudflare',
  accountId: ACCOUNT,
  zone: 'example.org',
  ckanUrl: 'https://ckan.example.org',
  ckanToken: { secret: 'ckanToken' },
  ckanCallsAtOnce: 12,
  gatewayUrl: 'https://uploads.example.org',
  bucket: 'files',
}

let server: Awaited<ReturnType<typeof startJsonServer>>
let options: Parameters<typeof runCli>[1]
let sources: readonly unknown[] = [LINE]
let looks: { readonly timeframe: { readonly from: number; readonly to: number } }[]

beforeAll(async () => {
  server = await startJsonServer(({ path, body }) => {
    if (!path.includes('telemetry')) return { status: 404, body: { success: false } }
    looks.push(body as (typeof looks)[number])
    const timestamp = Date.now() - 1_000
    const events = sources.map((source, index) => {
      return { timestamp, source, $metadata: { id: `${index}` }, $workers: { eventType: 'queue' } }
    })
    return { body: { success: true, result: { events: { events } } } }
  })
  looks = []
  options = {
    cwd: '/',
    program: 'npm run uplink',
    env: {
      ...givenEnvironments({ production: environment }),
      CLOUDFLARE_API_TOKEN: 'api-token',
      CLOUDFLARE_API_BASE_URL: server.url,
    },
  }
})
afterAll(() => server?.close())

describe('an operator who reads the logs', () => {
  it('gets the lines of the last hour, with their times, without a token of CKAN', async () => {
    looks = []
    const { code, stdout } = await runCli(['logs', 'linker', '--env', 'production'], options)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}\{"level":"info","event":"linked","resource":"r1"\}\n$/u)
    expect((looks[0]?.timeframe.to ?? 0) - (looks[0]?.timeframe.from ?? 0)).toBeCloseTo(3_600_000, -4)
  })

  it('gets JSON for programs', async () => {
    const { stdout } = await runCli(['logs', 'linker', '--env', 'production', '--json'], options)
    expect(JSON.parse(stdout)).toEqual({ at: expect.any(String), program: 'linker', line: LINE })
  })

  it('gets the figures of a day from the logs of all programs', async () => {
    looks = []
    sources = [
      { level: 'info', event: 'upload_issued', upload: 'u1' },
      ...[1.04, 3, 9].map((seconds) => ({ level: 'info', event: 'outcome', outcome: 'linked', seconds })),
      ...[1, 2].map((attempt) => ({ event: 'outcome', outcome: 'retry', cause: 'CKAN answered 503.', attempt })),
      { event: 'outcome', outcome: 'parked', reason: 'It was deleted.' },
      { level: 'error', event: 'check_failed', check: 'ckan', reason: 'No answer:\n- timed out' },
      'a line of the cloud',
    ]
    const { code, stdout } = await runCli(['figures', '--env', 'production', '--json'], options)
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        from: expect.any(String),
        to: expect.any(String),
        requested: 2,
        outcomes: { linked: 6, retry: 4, parked: 2 },
        seconds: { median: 3, p95: 9 },
        waiting: [{ text: 'CKAN answered 503.', times: 4 }],
        parked: [{ text: 'It was deleted.', times: 2 }],
        failures: [{ text: 'check_failed: ckan: No answer:\n- timed out', times: 2 }],
      },
    ])
    const { from = 0, to = 0 } = looks[0]?.timeframe ?? {}
    expect(to - from).toBeCloseTo(86_400_000, -4)
    const { stdout: printed } = await runCli(['figures', '--env', 'production'], options)
    expect(printed).toMatch(/^seconds to link +3 \(median\), 9 \(95 %\)$/mu)
    expect(printed).toMatch(/^Why uploads wait\n +4 {2}CKAN answered 503\.$/mu)
    expect(printed).toMatch(/^ +2 {2}check_failed: ckan: No answer: - timed out$/mu)
    sources = [LINE]
  })

  it('follows a log until Ctrl-C', async () => {
    const child = startCli(['logs', 'linker', '--env', 'production', '--since', '5m', '--follow'], options)
    const { stdout } = child
    if (stdout === null) throw new Error('The command has no output.')
    stdout.once('data', () => child.kill('SIGINT'))
    const [printed, [code]] = await Promise.all([text(stdout), once(child, 'close')])
    expect([printed.split('"event":"linked"').length - 1, code]).toEqual([1, 0])
  })

  it.each([
    ['no environment', ['logs', 'linker'], {}, 'No environment is chosen'],
    [
      'no credentials',
      ['logs', 'linker', '--env', 'production'],
      { CLOUDFLARE_API_TOKEN: '' },
      'CLOUDFLARE_API_TOKEN is missing: set it to an API token with Workers Observability Write.',
    ],
    ['no such program', ['logs', 'bucket', '--env', 'production'], {}, 'gateway, linker, reconcile'],
  ])('gets a sentence that says what to do: %s', async (_, words, env, sentence) => {
    const { code, stderr } = await runCli(words, { ...options, env: { ...options.env, ...env } })
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)])
  })
})
