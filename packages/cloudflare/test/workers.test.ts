import { connect } from 'node:net'
import { describeGateway, gatewayFiles } from '@ckan-uplink/gateway/openapi'
import { type CkanStandIn, startCkanStandIn, startHeaderEcho } from '@ckan-uplink/testing'
import { describeStaticFiles, STATIC_FILES } from '@ckan-uplink/testing/contracts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TOKEN_CRON } from '../src/index.ts'
import { BUCKET, startWorkers, type WorkersOnWorkerd } from './workers-on-workerd.ts'

const PREFIX = 'resources/api_uploads/'
const SECRETS = { R2_S3_ENDPOINT: 'http://127.0.0.1:9', R2_ACCESS_KEY_ID: 'key-id', R2_SECRET_ACCESS_KEY: 'key-secret' }

let ckan: CkanStandIn
let workers: WorkersOnWorkerd

beforeAll(async () => {
  ckan = await startCkanStandIn()
  const names = {
    CKAN_URL: ckan.url,
    CKAN_API_TOKEN: ckan.tokens.admin,
    GATEWAY_URL: 'https://data.example.org',
    BUCKET_NAME: BUCKET,
    MAX_RETRIES: '2',
  }
  workers = await startWorkers({ ...SECRETS, ...names }, {}, { ...gatewayFiles(), ...STATIC_FILES })
})
afterAll(async () => {
  await workers?.close()
  await ckan?.close()
})
afterEach(() => ckan.faults.reset())

function notification(key: string): object {
  return {
    account: '0'.repeat(32),
    action: 'PutObject',
    bucket: BUCKET,
    object: { key },
    eventTime: new Date().toISOString(),
  }
}

async function ask(action: string, params: object): Promise<Record<string, unknown>> {
  const headers = { Authorization: ckan.tokens.editor, 'Content-Type': 'application/json' }
  const response = await fetch(`${ckan.url}/api/3/action/${action}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(params),
  })
  return JSON.parse(await response.text()).result
}

/** Creates a resource and puts its file to the plain key. */
async function uploaded(content = 'a,b\n1,2\n'): Promise<{ readonly id: string; readonly key: string }> {
  const { id } = await ask('resource_create', { package_id: ckan.dataset, name: 'Measurements' })
  const key = `${PREFIX}${id}`
  await workers.store.put(key, new TextEncoder().encode(content), { contentType: 'text/csv' })
  return { id: String(id), key }
}

async function parkedReasons(): Promise<readonly string[]> {
  const reasons: string[] = []
  for await (const { key } of workers.store.list('uplink/parked/')) {
    reasons.push(JSON.parse(new TextDecoder().decode((await workers.store.get(key))?.bytes)).reason)
  }
  return reasons
}

describe('the Workers', () => {
  it('links the object of a message, and acknowledges the message', async () => {
    const { id, key } = await uploaded()
    const answer = await workers.deliver([{ id: 'one', body: notification(key) }])
    expect(answer).toMatchObject({ outcome: 'ok', explicitAcks: ['one'], retryMessages: [] })
    expect(await ask('resource_show', { id })).toMatchObject({
      size: 8,
      mimetype: 'text/csv',
      format: 'CSV',
      url: expect.stringContaining(`https://data.example.org/resource/${id}/`),
    })
  })

  it('acknowledges the final messages of a batch, and delays the others', async () => {
    const [fine, failing] = [await uploaded(), await uploaded()]
    const foreign = notification('elsewhere/file.csv')
    ckan.faults.add({ action: 'package_revise', effect: { status: 503 } })
    const answer = await workers.deliver([
      { id: 'linked later', body: notification(fine.key) },
      { id: 'foreign', body: foreign },
      { id: 'nonsense', body: 'hello' },
      { id: 'linked later, too', body: notification(failing.key) },
    ])
    expect([...answer.explicitAcks].sort()).toEqual(['foreign', 'nonsense'])
    expect(answer.retryMessages.map(({ msgId }) => msgId).sort()).toEqual(['linked later', 'linked later, too'])
    for (const { delaySeconds } of answer.retryMessages) expect(delaySeconds).toBeGreaterThan(0)
  })

  it('links when CKAN is reachable again', async () => {
    const { id, key } = await uploaded()
    const down = ckan.faults.add({ effect: 'cut' })
    expect((await workers.deliver([{ id: 'one', body: notification(key) }])).retryMessages).toHaveLength(1)
    down()
    expect((await workers.deliver([{ id: 'one', attempts: 2, body: notification(key) }])).explicitAcks).toEqual(['one'])
    expect(await ask('resource_show', { id })).toMatchObject({ size: 8 })
  })

  it('parks a message that fails on its last attempt, and not earlier', async () => {
    const { id, key } = await uploaded()
    ckan.faults.add({ effect: { status: 503 } })
    expect((await workers.deliver([{ id: 'third', attempts: 2, body: notification(key) }])).explicitAcks).toEqual([])
    expect((await workers.deliver([{ id: 'third', attempts: 3, body: notification(key) }])).explicitAcks).toEqual([
      'third',
    ])
    expect(await parkedReasons()).toContainEqual(expect.stringContaining('Given up after 3 attempts'))
    expect(workers.log.filter((line) => line.includes('"parked"') && line.includes(id))).toHaveLength(1)
  })

  it.each([
    ['text', 'not a notification'],
    ['nothing', null],
    ['no object', { action: 'PutObject', bucket: BUCKET }],
    ['a megabyte', 'x'.repeat(1_000_000)],
  ])('parks a message that is %s, with the reason', async (_, body) => {
    const count = async () =>
      (await parkedReasons()).filter((reason) => /^(?:The message|"object")/u.test(reason)).length
    const before = await count()
    expect(await workers.deliver([{ id: 'odd', body }])).toMatchObject({ outcome: 'ok', explicitAcks: ['odd'] })
    expect(await count()).toBe(before + 1)
  })

  it('links from its queue', async () => {
    const { id, key } = await uploaded('a\n')
    await workers.enqueue(notification(key))
    await expect.poll(async () => (await ask('resource_show', { id }))['size']).toBe(2)
  })

  it('links missed uploads on its schedule', async () => {
    const { id } = await uploaded('a,b,c\n')
    expect(await workers.runSchedule('0 3 * * *')).toMatchObject({ outcome: 'ok' })
    expect(await ask('resource_show', { id })).toMatchObject({ size: 6 })
    expect(workers.log.some((line) => line.includes('"reconciled"'))).toBe(true)
  })

  it('only tries the service token on its hourly schedule, and the gateway shows the result', async () => {
    const reconciled = () => workers.log.filter((line) => line.includes('"reconciled"')).length
    const before = reconciled()
    const readyz = async () => JSON.parse(await (await fetch(`${workers.url}/readyz`)).text()).checks.token
    await workers.runSchedule(TOKEN_CRON)
    const noted = JSON.parse(new TextDecoder().decode((await workers.store.get('uplink/token.json'))?.bytes))
    expect([noted, reconciled()]).toMatchObject([{ valid: true, detail: "the service token is a sysadmin's" }, before])
    // The gateway caches its answer for a while, so this test asks only once.
    const note = { version: 1, tried_at: new Date().toISOString(), valid: false, detail: 'CKAN does not know it.' }
    await workers.store.put('uplink/token.json', new TextEncoder().encode(JSON.stringify(note)))
    expect(await readyz()).toEqual({ status: 'failing', detail: 'CKAN does not know it.' })
  })

  it('answers as the gateway', async () => {
    expect(await (await fetch(`${workers.url}/healthz`)).json()).toEqual({ status: 'ok' })
    const { components } = JSON.parse(await (await fetch(`${workers.url}/openapi.json`)).text())
    expect(components.schemas).toEqual(JSON.parse(JSON.stringify(describeGateway())).components.schemas)
    expect(await (await fetch(`${workers.url}/readyz`)).json()).toMatchObject({
      checks: { bucket: { status: 'ok', detail: BUCKET } },
    })
  })

  it.each([
    ['application/json', '{"id": "x", "presigned_url": "y"}'],
    ['multipart/form-data; boundary=x', `--x\r\n\r\n${'y'.repeat(6_000_000)}\r\n--x--\r\n`],
  ])('passes on a body with its length, which CKAN may need: %s', async (type, body) => {
    const echo = await startHeaderEcho()
    const passing = await startWorkers({
      ...SECRETS,
      CKAN_URL: echo.url,
      CKAN_API_TOKEN: 'x',
      GATEWAY_URL: 'https://data.example.org',
      BUCKET_NAME: BUCKET,
    })
    try {
      const headers = { Authorization: 'x', 'Content-Type': type }
      const url = `${passing.url}/api/3/action/resource_patch`
      const { result } = JSON.parse(await (await fetch(url, { method: 'POST', headers, body })).text())
      expect(result).toMatchObject({ 'content-length': String(body.length), 'content-type': type })
      expect(result).not.toHaveProperty('transfer-encoding')
    } finally {
      await passing.close()
      await echo.close()
    }
  })

  it('logs no error when a client disconnects in the middle of a body', async () => {
    const { hostname, port } = new URL(workers.url)
    for (const [action, token] of [
      ['resource_upload', ckan.tokens.editor],
      ['package_patch', ckan.tokens.editor],
      ['package_show', ''],
    ]) {
      const socket = connect(Number(port), hostname)
      const head = `POST /api/3/action/${action} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${token}\r\n`
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"id": `)
      await new Promise((resolve) => setTimeout(resolve, 300))
      socket.resetAndDestroy()
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await fetch(`${workers.url}/healthz`)).status).toBe(200)
    expect(workers.log.filter((line) => line.includes('request_failed'))).toEqual([])
  })

  it('logs no secret', async () => {
    const { id } = await uploaded()
    const headers = { Authorization: ckan.tokens.editor, 'Content-Type': 'application/json' }
    const answer = await fetch(`${workers.url}/api/3/action/resource_upload`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ id }),
    })
    expect(JSON.stringify(await answer.json())).toContain('X-Amz-Signature')
    expect(workers.log.some((line) => line.includes('upload_issued'))).toBe(true)
    expect(workers.log.join('\n')).not.toMatch(new RegExp(`key-secret|X-Amz-Signature|${ckan.tokens.admin}`, 'u'))
  })
})

describeStaticFiles('the Workers', () => (path, init) => fetch(workers.url + path, init))

describe('a linker that is not configured', () => {
  it('acknowledges no message, and delays all until the fault is fixed', async () => {
    const broken = await startWorkers({ BUCKET_NAME: BUCKET })
    try {
      const answer = await broken.deliver([{ id: 'waiting', body: notification(`${PREFIX}some-resource`) }])
      expect(answer).toMatchObject({
        outcome: 'ok',
        explicitAcks: [],
        retryMessages: [{ msgId: 'waiting', delaySeconds: 300 }],
      })
      expect(broken.log.join('\n')).toContain('CKAN_URL is missing.')
    } finally {
      await broken.close()
    }
  })
})

describe('the gateway on Cloudflare', () => {
  it('tells CKAN the address that Cloudflare reports', async () => {
    const echo = await startHeaderEcho()
    const there = await startWorkers({
      ...SECRETS,
      CKAN_URL: echo.url,
      CKAN_API_TOKEN: 'token',
      GATEWAY_URL: 'https://data.example.org',
      BUCKET_NAME: BUCKET,
    })
    try {
      // Cloudflare's edge sets this header and overwrites a header of the client; workerd has no edge.
      const headers = { 'CF-Connecting-IP': '192.0.2.7', 'X-Forwarded-For': '10.0.0.1' }
      const answer = await fetch(`${there.url}/api/3/action/status_show`, { headers })
      expect(await answer.json()).toMatchObject({ result: { 'x-forwarded-for': '192.0.2.7' } })
    } finally {
      await Promise.all([there.close(), echo.close()])
    }
  })
})

describe('a gateway whose rate limits are bound', () => {
  it('limits users by one and addresses by the other, also with invented tokens', async () => {
    const names = {
      CKAN_URL: ckan.url,
      CKAN_API_TOKEN: ckan.tokens.admin,
      GATEWAY_URL: 'https://data.example.org',
      BUCKET_NAME: BUCKET,
    }
    const limited = await startWorkers(
      { ...SECRETS, ...names },
      {
        RATE_LIMIT: { namespace_id: '1', simple: { limit: 3, period: 60 } },
        ADDRESS_RATE_LIMIT: { namespace_id: '2', simple: { limit: 10, period: 60 } },
      },
    )
    try {
      const ask = async (token: string, address: string) => {
        const headers = { Authorization: token, 'CF-Connecting-IP': address }
        return (await fetch(`${limited.url}/uploads/unknown`, { headers })).status
      }
      const office = []
      for (let times = 0; times < 5; times += 1) office.push(await ask(ckan.tokens.editor, '192.0.2.1'))
      expect(office).toEqual([404, 404, 404, 429, 429])
      expect(await ask(ckan.tokens.member, '192.0.2.1')).toBe(404)
      const madeUp = []
      for (let times = 0; times < 12; times += 1) madeUp.push(await ask(`made-up-${times}`, '192.0.2.2'))
      expect(madeUp).toEqual([...Array.from({ length: 10 }, () => 403), 429, 429])
      expect(await ask(ckan.tokens.member, '192.0.2.3')).toBe(404)
    } finally {
      await limited.close()
    }
  })
})
