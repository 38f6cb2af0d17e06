import type { ObjectStore } from '@ckan-uplink/core'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createStore } from '../src/index.ts'
import { type AwsServices, startAwsServices } from './aws-services.ts'
import { type RunningFunction, startFunction } from './lambda.ts'
import { eventBridgeEvent, formEncode, s3Notification, s3Record, snsEnvelope } from './notifications.ts'
import { type S3OnWorkerd, startS3 } from './s3-on-workerd.ts'

// Most of them start a function of their own.
vi.setConfig({ testTimeout: 30_000 })

const PREFIX = 'resources/api_uploads/'

let ckan: CkanStandIn
let s3: S3OnWorkerd
let services: AwsServices
let store: ObjectStore
let variables: Readonly<Record<string, string>>
let linker: RunningFunction
let gateway: RunningFunction

beforeAll(async () => {
  ;[ckan, s3, services] = await Promise.all([startCkanStandIn(), startS3(), startAwsServices()])
  store = createStore(s3)
  variables = {
    ...s3.variables,
    AWS_ENDPOINT_URL: services.url,
    CKAN_URL: ckan.url,
    GATEWAY_URL: 'https://data.example.org',
    BUCKET_NAME: s3.bucket,
    CKAN_TOKEN_SECRET: 'ckan-token',
    QUEUE_URL: `${services.url}/000000000000/uploads`,
    MAX_RECEIVES: '3',
  }
  services.secret = ckan.tokens.admin
  ;[linker, gateway] = await Promise.all([startFunction('linker', variables), startFunction('gateway', variables)])
}, 60_000)
afterAll(async () => {
  await Promise.all([linker?.close(), gateway?.close()])
  await Promise.all([ckan?.close(), s3?.close(), services?.close()])
})
beforeEach(() => {
  services.secret = ckan.tokens.admin
  services.queueFails = false
  services.visibilities.length = 0
})
afterEach(() => ckan.faults.reset())

async function ask(action: string, params: object): Promise<Record<string, unknown>> {
  const headers = { Authorization: ckan.tokens.editor, 'Content-Type': 'application/json' }
  const response = await fetch(`${ckan.url}/api/3/action/${action}`, { method: 'POST', headers, body: JSON.stringify(params) })
  return JSON.parse(await response.text()).result
}

/** A new resource whose file lies in the bucket under the plain key. */
async function uploaded(content = 'a,b\n1,2\n'): Promise<{ readonly id: string; readonly key: string }> {
  const { id } = await ask('resource_create', { package_id: ckan.dataset, name: 'Measurements' })
  const key = `${PREFIX}${id}`
  await store.put(key, new TextEncoder().encode(content), { contentType: 'text/csv' })
  return { id: String(id), key }
}

function notification(key: string): string {
  return s3Notification(s3Record('', { s3: { bucket: { name: s3.bucket }, object: { key: formEncode(key) } } }))
}

interface Message {
  readonly id: string
  readonly body: string
  readonly received?: number
}

/** Hands messages to the linker as its queue would; tells which of them were not acknowledged. */
async function deliver(to: RunningFunction, messages: readonly Message[]): Promise<readonly string[]> {
  const Records = messages.map(({ id, body, received = 1 }) => ({
    messageId: id,
    receiptHandle: `receipt of ${id}`,
    body,
    attributes: { ApproximateReceiveCount: String(received), SentTimestamp: '1764000000000' },
    eventSource: 'aws:sqs',
  }))
  const answer = (await to.invoke({ Records })) as { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}

/** Asks the gateway as an HTTP API does. */
async function call(method: string, rawPath: string, body?: object, to = gateway) {
  const headers = { authorization: ckan.tokens.editor, 'content-type': 'application/json', host: 'abc.execute-api.eu-central-1.amazonaws.com' }
  const event = { version: '2.0', rawPath, rawQueryString: '', headers, requestContext: { http: { method, path: rawPath } }, isBase64Encoded: false }
  const answer = (await to.invoke({ ...event, ...(body && { body: JSON.stringify(body) }) })) as {
    readonly statusCode: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  return { ...answer, json: () => JSON.parse(answer.body) }
}

describe('the linker', () => {
  it.each([
    ['raw', (key: string) => notification(key)],
    ['in the envelope of a topic', (key: string) => snsEnvelope(notification(key))],
    ['by EventBridge', (key: string) => eventBridgeEvent(key).replaceAll('open-data', s3.bucket)],
  ])('links what a message tells of that was delivered %s, and acknowledges it', async (_, bodyOf) => {
    const { id, key } = await uploaded()
    expect(await deliver(linker, [{ id: 'one', body: bodyOf(key) }])).toEqual([])
    expect(await ask('resource_show', { id })).toMatchObject({
      size: 8,
      mimetype: 'text/csv',
      format: 'CSV',
      url: expect.stringContaining(`https://data.example.org/resource/${id}/`),
    })
  })

  it('acknowledges the final ones of a batch and has the others delivered again, after a while', async () => {
    const [one, two] = [await uploaded(), await uploaded()]
    ckan.faults.add({ action: 'package_revise', effect: { status: 503 } })
    const failed = await deliver(linker, [
      { id: 'one', body: notification(one.key) },
      { id: 'foreign', body: notification('elsewhere/file.csv') },
      { id: 'nonsense', body: 'hello' },
      { id: 'two', body: notification(two.key) },
    ])
    expect(failed).toEqual(['one', 'two'])
    expect(services.visibilities.map(({ receipt }) => receipt)).toEqual(['receipt of one', 'receipt of two'])
    for (const { seconds } of services.visibilities) expect(seconds).toBeGreaterThan(0)
  })

  it('answers for its batch when SQS does not take the delays', async () => {
    const { key } = await uploaded()
    ckan.faults.add({ effect: { status: 503 } })
    services.queueFails = true
    expect(await deliver(linker, [{ id: 'one', body: notification(key) }])).toEqual(['one'])
  })

  it('links after CKAN is back', async () => {
    const { id, key } = await uploaded()
    const down = ckan.faults.add({ effect: 'cut' })
    expect(await deliver(linker, [{ id: 'one', body: notification(key) }])).toEqual(['one'])
    down()
    expect(await deliver(linker, [{ id: 'one', body: notification(key) }])).toEqual([])
    expect(await ask('resource_show', { id })).toMatchObject({ size: 8 })
  })

  it('parks by itself what fails on the last attempt, and not before', async () => {
    const { id, key } = await uploaded()
    ckan.faults.add({ effect: { status: 503 } })
    expect(await deliver(linker, [{ id: 'third', body: notification(key), received: 2 }])).toEqual(['third'])
    expect(await deliver(linker, [{ id: 'third', body: notification(key), received: 3 }])).toEqual([])
    expect(linker.log.filter((line) => line.includes('"parked"') && line.includes(id))).toHaveLength(1)
  })

  it('acknowledges nothing while the secret cannot be read, says why, and links once it can', async () => {
    const { key } = await uploaded()
    services.secret = undefined
    const fresh = await startFunction('linker', variables)
    try {
      expect(await deliver(fresh, [{ id: 'one', body: notification(key) }])).toEqual(['one'])
      expect(services.visibilities).toEqual([{ receipt: 'receipt of one', seconds: 300 }])
      expect(fresh.log).toEqual([expect.stringMatching(/not_configured.*ckan-token.*can't be read/u)])
      services.secret = ckan.tokens.admin
      expect(await deliver(fresh, [{ id: 'one', body: notification(key) }])).toEqual([])
    } finally {
      await fresh.close()
    }
  })

  it.each(['', '{"token": "as the console makes it"}', 'two words'])('acknowledges nothing while the secret is %j, which is no token', async (secret) => {
    services.secret = secret
    const fresh = await startFunction('linker', variables)
    try {
      expect(await deliver(fresh, [{ id: 'one', body: notification(PREFIX) }])).toEqual(['one'])
      expect(fresh.log).toEqual([expect.stringMatching(/not_configured.*as plain text/u)])
    } finally {
      await fresh.close()
    }
  })

  it('asks for the secret once for many batches', async () => {
    const before = services.secretCalls()
    for (const id of ['one', 'two', 'three']) await deliver(linker, [{ id, body: notification('elsewhere/file.csv') }])
    expect(services.secretCalls() - before).toBe(0)
  })

  it('acknowledges nothing when it is not configured, and has its messages wait until somebody has mended it', async () => {
    const { CKAN_URL: _, ...broken } = variables
    const unconfigured = await startFunction('linker', broken)
    try {
      expect(await deliver(unconfigured, [{ id: 'waiting', body: notification(PREFIX), received: 2 }])).toEqual(['waiting'])
      expect(services.visibilities).toEqual([{ receipt: 'receipt of waiting', seconds: 600 }])
      expect(unconfigured.log.join('\n')).toContain('CKAN_URL is missing.')
    } finally {
      await unconfigured.close()
    }
  })
})

describe('the gateway', () => {
  it('gives out a URL that a file can be put to, and then shows the way to the file', async () => {
    const { id } = await ask('resource_create', { package_id: ckan.dataset, name: 'Bus stops' })
    const answer = await call('POST', '/api/3/action/resource_upload', { id, name: '日本語 a+b (1).csv', size: 4 })
    expect(answer.statusCode).toBe(200)
    const { upload } = answer.json().result
    expect((await fetch(upload.url, { method: upload.method, headers: upload.headers, body: 'a\n1\n' })).status).toBe(200)
    expect(await deliver(linker, [{ id: 'one', body: notification(upload.key) }])).toEqual([])
    const { pathname } = new URL(String((await ask('resource_show', { id }))['url']))
    for (const path of [pathname, decodeURIComponent(pathname)]) {
      const download = await call('GET', path)
      expect(download.statusCode).toBe(302)
      expect(await (await fetch(download.headers['location'] ?? '')).text()).toBe('a\n1\n')
    }
  })

  it('passes what it does not own to CKAN', async () => {
    const answer = await call('POST', '/api/3/action/package_show', { id: ckan.dataset })
    expect(answer.json()).toMatchObject({ success: true, result: { id: ckan.dataset } })
  })

  it('says whether it is ready, and names nothing of the account when it is not', async () => {
    expect((await call('GET', '/readyz')).json()).toMatchObject({ status: 'ok', checks: { bucket: { detail: s3.bucket } } })
    const nowhere = await startFunction('gateway', { ...variables, BUCKET_NAME: 'another' })
    services.secret = undefined
    try {
      const answer = await call('GET', '/readyz', undefined, nowhere)
      expect([answer.statusCode, answer.json().checks.bucket.status, answer.json().checks.token.status]).toEqual([503, 'failing', 'failing'])
      expect(answer.body).not.toContain('arn:aws')
      expect(nowhere.log.join('\n')).toMatch(/check_failed.*token.*arn:aws/u)
    } finally {
      await nowhere.close()
    }
  })

  it.each([
    ['a method that the web does not know', 'TRACE', 400],
    ['a route that is not there', 'GET', 404],
  ])('answers %s with a problem', async (_, method, status) => {
    expect(await call(method, '/nowhere')).toMatchObject({ statusCode: status, headers: { 'content-type': 'application/problem+json' } })
  })

  it('says what Lambda cannot carry', async () => {
    for (const letter of ['x', 'y']) await ask('resource_create', { package_id: ckan.dataset, name: 'Long', description: letter.repeat(4_000_000) })
    expect(await call('POST', '/api/3/action/package_show', { id: ckan.dataset })).toMatchObject({ statusCode: 502, body: expect.stringContaining('6 MB') })
  })

  it('answers 503 while it is not configured', async () => {
    const unconfigured = await startFunction('gateway', s3.variables)
    try {
      expect((await call('GET', '/healthz', undefined, unconfigured)).statusCode).toBe(503)
      expect(unconfigured.log.join('\n')).toContain('CKAN_URL is missing.')
    } finally {
      await unconfigured.close()
    }
  })
})

describe('the reconciler', () => {
  it('finds what was missed', async () => {
    const { id } = await uploaded('a,b,c\n')
    const reconciler = await startFunction('reconcile', variables)
    try {
      await reconciler.invoke({ source: 'aws.events' })
      expect(await ask('resource_show', { id })).toMatchObject({ size: 6 })
      expect(reconciler.log.at(-1)).toContain('"reconciled"')
    } finally {
      await reconciler.close()
    }
  })
})

describe('every function', () => {
  it('writes one JSON object a line, and no secret', () => {
    const lines = [...linker.log, ...gateway.log]
    expect(lines.length).toBeGreaterThan(5)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), event: expect.any(String) })
    expect(lines.join('\n')).not.toMatch(new RegExp(`${s3.variables['AWS_SECRET_ACCESS_KEY']}|X-Amz-Signature|${ckan.tokens.admin}|${ckan.tokens.editor}`, 'u'))
  })
})
