import { createAuthorizer, createCkanClient } from '@ckan-uplink/ckan'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { createGateway } from '@ckan-uplink/gateway'
import { createMemoryCopier, createMemoryParts, createMemoryStore } from '@ckan-uplink/testing'
import type { Answer } from './ckan-calls.ts'

const GATEWAY = 'http://127.0.0.1:9'

/**
 * A gateway in front of a CKAN, with a bucket in memory. `intercept` runs before a call of CKAN; if it resolves to
 * `true`, CKAN cannot be reached for this call.
 */
export function startGateway(
  ckanUrl: string,
  env: object,
  intercept: (action: string) => Promise<unknown> = async () => {},
) {
  const names = {
    CKAN_URL: ckanUrl,
    GATEWAY_URL: GATEWAY,
    BUCKET_NAME: 'files',
    REQUESTS_PER_MINUTE: '1000000',
    ...env,
  }
  const calls: string[] = []
  const store = createMemoryStore()
  let now = Date.now()
  const clock = { now: () => new Date(now), sleep: async () => {} }
  const reach: typeof fetch = async (input, init) => {
    const action = new URL(String(input)).pathname.split('/').at(-1) ?? ''
    calls.push(action)
    if (await intercept(action)) throw new TypeError('fetch failed')
    return fetch(input, init)
  }
  const gateway = createGateway({
    settings: readSettings(new SettingsReader(names)),
    authorizer: createAuthorizer(
      createCkanClient({ url: ckanUrl, concurrency: 4, timeoutMs: 20_000, fetch: reach, clock }),
    ),
    store,
    signer: { signUpload: signKey, signDownload: signKey },
    multipart: createMemoryParts(store),
    copier: createMemoryCopier(store),
    clock,
    logger: { log: () => {} },
    checks: {},
    fetch: reach,
  })
  const act = (action: string, token: string, fields: object) =>
    ask(action, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: token },
      body: JSON.stringify(fields),
    })
  /** Sends any request for an action. The action may have a query. */
  async function ask(action: string, init: RequestInit) {
    const response = await gateway.fetch(new Request(`${GATEWAY}/api/3/action/${action}`, init))
    const text = await response.text()
    const body: Answer = JSON.parse(text)
    return { status: response.status, text, result: body.result, error: body.error }
  }
  /** Calls `dataset_upload`. */
  const send = (token: string, fields: object) =>
    act('dataset_upload', token, { request: crypto.randomUUID(), ...fields })
  /** Moves the gateway's clock, which stands still otherwise: a real CKAN may take long. */
  const pass = (seconds: number): void => {
    now += seconds * 1000
  }
  return { act, ask, send, pass, calls, store }
}

async function signKey({ key, expiresInSeconds }: { readonly key: string; readonly expiresInSeconds: number }) {
  const expiresAt = new Date(Date.now() + expiresInSeconds * 1000)
  return { method: 'PUT', url: `https://storage.example.org/${key}`, headers: {}, expiresAt } as const
}
