import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request as requestFunction, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { answerEventGrid } from './event-grid-trigger.ts'
import { type LoadedApp, loadApp, type RegisteredFunction } from './functions-core.ts'

const [, , folder = ''] = process.argv
const { main } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
const app = await loadApp(pathToFileURL(join(folder, main)).href)

const server = createServer((request, response) => {
  answer(app, request, response).catch((error: unknown) => {
    console.error('An invocation failed:', error instanceof Error ? error.message : error)
    if (response.headersSent) response.destroy()
    else response.writeHead(500).end()
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined, node: process.version })
})

async function answer(
  { functions, httpUri }: LoadedApp,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host')
  if (pathname === '/runtime/webhooks/EventGrid') {
    const type = request.headers['aeg-event-type']
    const answered = await answerEventGrid(
      functions.get(searchParams.get('functionName') ?? ''),
      typeof type === 'string' ? type : '',
      await text(request),
    )
    return void response.writeHead(answered.status, { 'Content-Type': 'text/plain' }).end(answered.body)
  }
  const called = functions.get(/^\/admin\/functions\/(.+)$/u.exec(pathname)?.[1] ?? '')
  if (called) {
    // A message of a queue comes as `input`, as with Azure's own host.
    const { input } = JSON.parse((await text(request)) || '{}')
    const json = input ?? JSON.stringify({ IsPastDue: false })
    await called.invoke({ json }, { triggerMetadata: { DequeueCount: { json: '1' } } })
    return void response.writeHead(202).end()
  }
  const gateway = [...functions.values()].find(({ type }) => type === 'httpTrigger')
  if (gateway) await answerHttp(gateway, httpUri, request, response)
  else response.writeHead(404).end()
}

/**
 * The host calls the function, and sends it the request beside that:
 * https://learn.microsoft.com/azure/azure-functions/functions-reference-node#http-streams
 */
async function answerHttp(
  gateway: RegisteredFunction,
  httpUri: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const invocationId = crypto.randomUUID()
  const { method, headers, url = '/' } = request
  const own = { 'x-ms-invocation-id': invocationId, 'x-forwarded-host': headers.host, 'x-forwarded-proto': 'http' }
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    const sent = requestFunction(
      `http://127.0.0.1:${new URL(httpUri).port}${asForwarded(url)}`,
      { method, headers: { ...headers, ...own } },
      resolve,
    )
    sent.on('error', reject)
    pipeline(request, sent).catch(reject)
  })
  const invoked = gateway.invoke(
    { http: {} },
    { invocationId, triggerMetadata: { Query: { json: '{}' }, Headers: { json: JSON.stringify(headers) } } },
  )
  const function_ = await Promise.race([answered, invoked.then(() => answered)])
  response.writeHead(function_.statusCode ?? 500, function_.headers)
  await Promise.all([pipeline(function_, response), invoked])
}

/** The host decodes a path and encodes it again, except for characters that a path may contain unencoded. */
function asForwarded(url: string): string {
  const [path = '', ...query] = url.split('?')
  const encode = (segment: string) =>
    encodeURIComponent(decodeURIComponent(segment)).replace(/%(?:21|24|26|27|28|29|2A|2B|2C|3A|3B|3D|40)/gu, (code) =>
      decodeURIComponent(code),
    )
  return [path.split('/').map(encode).join('/'), ...query].join('?')
}
