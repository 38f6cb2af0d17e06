import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Answer } from '../../support/ckan-calls.ts'

/** A recorded call. */
interface TappedCall {
  readonly action: string
  /** The parameters of the call. */
  readonly params: Answer
}

/** A CKAN with a record of all calls. */
export interface Tap {
  readonly url: string
  readonly calls: readonly TappedCall[]
  /** How many bytes of requests and answers passed. */
  bytes(): number
  /** The writes of uploads. Permission checks are `package_revise` calls too, but match no resource. */
  revisions(): readonly TappedCall[]
  /** Runs a task right before the next call of this action. */
  beforeNext(action: string, task: () => Promise<unknown>): void
  close(): Promise<void>
}

/** Starts a reverse proxy on 127.0.0.1 before CKAN. If CKAN drops a connection, so does the proxy. */
export async function startTap(ckanUrl: string): Promise<Tap> {
  const calls: TappedCall[] = []
  const tasks = new Map<string, () => Promise<unknown>>()
  let bytes = 0

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const call = { action: (request.url ?? '').split('/').at(-1) ?? '', params: parse(body.toString()) }
    const task = isRevision(call) || call.action !== 'package_revise' ? tasks.get(call.action) : undefined
    if (task) tasks.delete(call.action)
    await task?.()
    calls.push(call)
    const answer = await fetch(`${ckanUrl}${request.url}`, {
      method: request.method ?? 'POST',
      headers: headersOf(request),
      redirect: 'manual',
      ...(body.length > 0 && { body }),
    })
    const content = Buffer.from(await answer.arrayBuffer())
    bytes += body.length + content.length
    response.writeHead(answer.status, {
      'Content-Type': answer.headers.get('content-type') ?? 'text/plain',
      Date: answer.headers.get('date') ?? '',
    })
    response.end(content)
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    calls,
    bytes: () => bytes,
    revisions: () => calls.filter(isRevision),
    beforeNext: (action, task) => tasks.set(action, task),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The headers that CKAN reads: the type, and the token in either of its headers. */
function headersOf({ headers }: IncomingMessage): Headers {
  const passed = new Headers({ 'Content-Type': headers['content-type'] ?? 'application/json' })
  for (const name of ['authorization', 'x-ckan-api-key']) {
    const token = headers[name]
    if (typeof token === 'string') passed.set(name, token)
  }
  return passed
}

/** Whether the call writes uploads. A question for a permission matches no resource. */
export function isRevision({ action, params }: TappedCall): boolean {
  return action === 'package_revise' && Object.keys(params ?? {}).some((key) => key.startsWith('match__resources__'))
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
