import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFiles } from '@ckan-uplink/static-files'
import { functionsNodeVersion, startHeaderEcho } from '@ckan-uplink/testing'
import { type FunctionsHost, startFunctionsHost } from '@ckan-uplink/testing/clouds/azure'
import { describeStaticFiles, STATIC_FILES } from '@ckan-uplink/testing/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFunctionApp } from '../../../../infra/azure/bundles.ts'
import { eventGridEvent } from '../events.ts'

const ENV = {
  CKAN_URL: 'http://127.0.0.1:9',
  CKAN_API_TOKEN: 'service-token',
  GATEWAY_URL: 'https://data.example.org',
  BUCKET_NAME: 'open-data',
  STORAGE_URL: 'http://127.0.0.1:9/devstoreaccount1',
  STORAGE_ACCOUNT_KEY: btoa('storage-secret'),
}

let folder: string
let host: FunctionsHost
let unconfigured: FunctionsHost

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-functions-'))
  await writeFiles(folder, await packageFunctionApp())
  await writeFiles(join(folder, 'static'), STATIC_FILES)
  host = await startFunctionsHost({ folder, env: ENV })
  unconfigured = await startFunctionsHost({ folder, env: { BUCKET_NAME: 'open-data' } })
})
afterAll(async () => {
  await host?.close()
  await unconfigured?.close()
  await rm(folder, { recursive: true, force: true })
})

function deliver({ url }: FunctionsHost, events: unknown, type = 'Notification'): Promise<Response> {
  const headers = { 'aeg-event-type': type, 'Content-Type': 'application/json' }
  return fetch(`${url}/runtime/webhooks/EventGrid?functionName=linker`, {
    method: 'POST',
    headers,
    body: JSON.stringify(events),
  })
}

describe('the function app, from its folder', () => {
  it('runs on the Node that this run of the tests is for', async () => {
    expect(host.node).toBe(await functionsNodeVersion())
  })

  it('answers as the gateway', async () => {
    expect(await (await fetch(`${host.url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect((await fetch(`${host.url}/nothing/here`)).status).toBe(404)
  })

  it("logs Azure's error when it is not ready, and does not show it to callers", async () => {
    const answer = await (await fetch(`${host.url}/readyz`)).json()
    expect(answer).toMatchObject({
      status: 'failing',
      checks: { bucket: { status: 'failing', detail: expect.stringContaining('see "check_failed"') } },
    })
    expect(host.log).toContainEqual(expect.stringMatching(/"check_failed".*Blob Storage could not head/u))
  })

  it('acknowledges a batch of another container, and logs one line per event', async () => {
    const foreign = (name: string) => ({
      ...eventGridEvent(name),
      subject: `/blobServices/default/containers/elsewhere/blobs/${name}`,
    })
    expect((await deliver(host, [foreign('one'), foreign('two (1)+日本語.csv')])).status).toBe(202)
    const lines = host.log.filter((line) => line.includes('"ignored"')).map((line) => JSON.parse(line).key)
    expect(lines).toEqual(['one', 'two (1)+日本語.csv'])
  })

  it('makes Event Grid deliver events again while the storage is down, and does not call them malformed', async () => {
    const event = eventGridEvent('resources/api_uploads/0a1b2c3d-0000-4000-8000-000000000000', {
      time: new Date().toISOString(),
    })
    const answer = await deliver(host, [event])
    expect(answer.status).toBe(500)
    expect(await answer.text()).toContain('1 of 1 events need another delivery: Blob Storage could not get')
    expect((await deliver(host, ['nonsense'])).status).toBe(500)
  })

  it.each([
    ["Event Grid's schema", [{ data: { validationCode: 'code' } }]],
    ['CloudEvents', { data: JSON.stringify({ validationCode: 'code' }) }],
  ])('is validated by the trigger in %s', async (_, handshake) => {
    expect(await (await deliver(host, handshake, 'SubscriptionValidation')).json()).toEqual({
      validationResponse: 'code',
    })
  })

  it('logs no secret', () => {
    expect(host.log.length).toBeGreaterThan(0)
    expect(host.log.join('\n')).not.toMatch(new RegExp(`service-token|storage-secret|${ENV.STORAGE_ACCOUNT_KEY}`, 'u'))
  })
})

describeStaticFiles('the function app', () => (path, init) => fetch(host.url + path, init))

describe('the gateway of a function app', () => {
  it('tells CKAN the address that the front end appends, without its port', async () => {
    const ckan = await startHeaderEcho()
    const app = await startFunctionsHost({ folder, env: { ...ENV, CKAN_URL: ckan.url } })
    try {
      const headers = { 'X-Forwarded-For': '10.0.0.1, 192.0.2.7:49828' }
      const answer = await fetch(`${app.url}/api/3/action/status_show`, { headers })
      expect(await answer.json()).toMatchObject({ result: { 'x-forwarded-for': '192.0.2.7' } })
    } finally {
      await Promise.all([app.close(), ckan.close()])
    }
  })
})

describe('a function app with receivers of events', () => {
  it('delivers a message of the queue of events, and fails for another attempt when the receiver does', async () => {
    const answers = [204, 503]
    const received: (string | undefined)[] = []
    const receiver = createServer((request, response) => {
      received.push(request.headers['webhook-signature']?.toString())
      request.resume()
      response.writeHead(answers.shift() ?? 500).end()
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const address = receiver.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`
    const webhooks = {
      WEBHOOK_URLS: url,
      WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      WEBHOOK_QUEUE_URL: 'http://127.0.0.1:9/devstoreaccount1/uplink-webhooks',
    }
    const app = await startFunctionsHost({ folder, env: { ...ENV, ...webhooks } })
    try {
      const input = JSON.stringify({ url, event: { id: 'e1', type: 'ckan-uplink.upload.linked' } })
      const call = () =>
        fetch(`${app.url}/admin/functions/webhooks`, { method: 'POST', body: JSON.stringify({ input }) })
      expect([(await call()).status, (await call()).status]).toEqual([202, 500])
      expect(received).toEqual([expect.stringMatching(/^v1,/u), expect.stringMatching(/^v1,/u)])
      expect(app.log.join()).not.toContain(webhooks.WEBHOOK_SECRETS)
    } finally {
      await app.close()
      receiver.close()
      receiver.closeAllConnections()
    }
  })
})

describe('a function app that is not configured', () => {
  it('acknowledges no event, and names the missing setting', async () => {
    const answer = await deliver(unconfigured, [eventGridEvent('a')])
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('CKAN_URL is missing.')])
    expect((await fetch(`${unconfigured.url}/healthz`)).status).toBe(500)
  })
})
