import { createAuthorizer, createCkanClient } from '@ckan-uplink/ckan'
import { createMultipartSigner, createSigner } from '@ckan-uplink/cloudflare'
import { systemClock as clock } from '@ckan-uplink/core'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { createGateway } from '@ckan-uplink/gateway'
import { createMemoryCopier, createMemoryStore, startCkanStandIn } from '@ckan-uplink/testing'
import { createMeter, type Meter } from './meter.ts'

const GATEWAY = 'http://127.0.0.1:9'
const WARM_UP = 200
const REQUESTS = 1000
const AT_ONCE = 16

export interface GatewayFigures {
  /** Median of sequential `resource_upload` calls, without CKAN's own time. */
  readonly median_ms: number
  readonly p99_ms: number
  /** With 16 at once and the CKAN stand-in in the same process. */
  readonly requests_per_second: number
}

/**
 * Requests upload URLs from the gateway on one core. Signatures and records are real. The bucket is in memory, and the
 * CKAN stand-in answers without delay.
 */
export async function measureGateway(): Promise<GatewayFigures> {
  const ckan = await startCkanStandIn()
  try {
    const meter = createMeter()
    const ask = createAsk(ckan.url, meter)
    const body = JSON.stringify({ id: ckan.resources[0], name: 'data.csv', size: 1000, mimetype: 'text/csv' })
    for (let times = 0; times < WARM_UP; times += 1) await ask(ckan.tokens.editor, body)
    const own: number[] = []
    for (let times = 0; times < REQUESTS; times += 1) {
      const [start, busy] = [performance.now(), meter.busySeconds()]
      await ask(ckan.tokens.editor, body)
      own.push(performance.now() - start - (meter.busySeconds() - busy) * 1000)
    }
    const start = performance.now()
    const lane = async () => {
      for (let times = 0; times < REQUESTS / AT_ONCE; times += 1) await ask(ckan.tokens.editor, body)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    const seconds = (performance.now() - start) / 1000
    return {
      median_ms: at(own, 0.5),
      p99_ms: at(own, 0.99),
      requests_per_second: Math.round((Math.ceil(REQUESTS / AT_ONCE) * AT_ONCE) / seconds),
    }
  } finally {
    await ckan.close()
  }
}

function createAsk(ckanUrl: string, meter: Meter): (token: string, body: string) => Promise<void> {
  const names = { CKAN_URL: ckanUrl, GATEWAY_URL: GATEWAY, BUCKET_NAME: 'files', REQUESTS_PER_MINUTE: '1000000' }
  const settings = readSettings(new SettingsReader(names))
  const signing = {
    endpoint: 'http://127.0.0.1:9',
    bucket: 'files',
    accessKeyId: 'key-id',
    secretAccessKey: 'key-secret',
    clock,
  }
  const store = createMemoryStore()
  const gateway = createGateway({
    settings,
    authorizer: createAuthorizer(
      createCkanClient({ url: ckanUrl, concurrency: AT_ONCE, timeoutMs: 20_000, fetch: meter.fetch }),
    ),
    store,
    signer: createSigner(signing),
    multipart: createMultipartSigner(signing),
    copier: createMemoryCopier(store),
    clock,
    logger: { log: () => {} },
    checks: {},
  })
  return async (token, body) => {
    const headers = { Authorization: token, 'Content-Type': 'application/json' }
    const response = await gateway.fetch(
      new Request(`${GATEWAY}/api/3/action/resource_upload`, { method: 'POST', headers, body }),
    )
    const text = await response.text()
    if (!response.ok) throw new Error(`The gateway answered ${response.status}: ${text}`)
  }
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2))
}
