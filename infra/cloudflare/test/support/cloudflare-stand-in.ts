import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { ZONE_ID } from './deploy-with-mocks.ts'

type Json = Readonly<Record<string, unknown>>

interface Written {
  readonly method: string
  /** Below the account or the zone. */
  readonly path: string
  readonly body: unknown
}

export interface CloudflareStandIn {
  readonly url: string
  /** Every request that changed something. */
  readonly written: readonly Written[]
  /** The secrets of a Worker, by name. */
  secretsOf(script: string): ReadonlyMap<string, string>
  /** Puts a secret, as Wrangler does. */
  putSecret(script: string, name: string, value: string): void
  close(): Promise<void>
}

/** The fields that hold the name and the id of the things in a list, where they are not `name` and `id`. */
const NAMES: Readonly<Record<string, readonly [name: string, id: string]>> = {
  queues: ['queue_name', 'queue_id'],
  consumers: ['type', 'consumer_id'],
}

/**
 * An account at Cloudflare with the zone example.org, as its API describes it: lists of things, each with an id, and
 * documents that are put as a whole. It refuses a second thing of a name, and another token than `api-token`.
 */
export async function startCloudflareStandIn(): Promise<CloudflareStandIn> {
  const written: Written[] = []
  const lists = new Map<string, Json[]>([['/zones', [{ id: ZONE_ID, name: 'example.org' }]]])
  const documents = new Map<string, unknown>()
  const secrets = new Map<string, Map<string, string>>()
  let made = 0

  const listAt = (path: string) => {
    const list = lists.get(path) ?? []
    lists.set(path, list)
    return list
  }
  const secretsOf = (script: string) => {
    const ofScript = secrets.get(script) ?? new Map<string, string>()
    secrets.set(script, ofScript)
    return ofScript
  }

  function post(path: string, kind: string, body: Json): Json {
    const [nameField, idField] = NAMES[kind] ?? ['name', 'id']
    const list = listAt(path)
    if (kind !== 'tokens' && list.some((one) => one[nameField] === body[nameField]))
      throw new Error(`${String(body[nameField])} already exists`)
    made += 1
    const thing = { ...body, [idField]: `id-${made}`, ...(kind === 'tokens' && { value: `value-${made}` }) }
    list.push(thing)
    return thing
  }

  function read(path: string, search: URLSearchParams): unknown {
    if (path.endsWith('/buckets')) return { buckets: listAt(path) }
    if (!path.endsWith('/configuration'))
      return listAt(path).filter(({ name }) => (search.get('name') ?? name) === name)
    const queues = [...documents].flatMap(([key, value]) =>
      key.startsWith(`${path}/queues/`) ? [{ queueId: key.split('/').at(-1), ...(value as Json) }] : [],
    )
    return queues.length > 0 ? { queues } : undefined
  }

  /** Changes or removes a thing of a list, or puts a document. */
  function change(method: string, path: string, body: Json): unknown {
    const [parent, id] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
    const [, idField] = NAMES[parent.split('/').at(-1) ?? ''] ?? ['name', 'id']
    const list = listAt(parent)
    const index = list.findIndex((one) => one[idField] === id)
    if (index < 0) documents.set(path, body)
    else if (method === 'DELETE') list.splice(index, 1)
    else list[index] = { ...list[index], ...body }
    return list[index] ?? {}
  }

  function answer(method: string, path: string, search: URLSearchParams, body: Json): unknown {
    const script = /\/scripts\/([^/]+)\/secrets$/u.exec(path)?.[1]
    if (script !== undefined && method === 'GET')
      return [...secretsOf(script).keys()].map((name) => ({ name, type: 'secret_text' }))
    if (script !== undefined) return secretsOf(script).set(String(body['name']), String(body['text'])) && body
    if (method === 'GET') return read(path, search)
    return method === 'POST' ? post(path, path.split('/').at(-1) ?? '', body) : change(method, path, body)
  }

  const server = createServer(async (request, response) => {
    const { method = '', headers } = request
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api')
    const sent = await text(request)
    const send = (status: number, envelope: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(envelope))
    if (headers.authorization !== 'Bearer api-token')
      return void send(403, { success: false, errors: [{ message: 'Authentication error' }] })
    const body = sent === '' ? {} : JSON.parse(sent)
    if (method !== 'GET')
      written.push({ method, path: pathname.replace(/^\/(?:accounts|zones)\/[0-9a-f]{32}/u, ''), body })
    try {
      const result = answer(method, pathname, searchParams, body)
      send(result === undefined ? 404 : 200, { success: result !== undefined, result, result_info: { total_pages: 1 } })
    } catch (thrown) {
      send(409, { success: false, errors: [{ message: String(thrown) }] })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    written,
    secretsOf,
    putSecret: (script, name, value) => void secretsOf(script).set(name, value),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
