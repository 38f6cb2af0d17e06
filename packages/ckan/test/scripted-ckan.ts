import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '@ckan-uplink/core'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly action: string
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly params: Readonly<Record<string, unknown>>
}

/** The answer to one call. Objects and strings in `json` are sent as JSON. */
export interface Reply {
  readonly status?: number
  readonly json?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Closes the connection before the answer, or in the middle of the body. */
  readonly cut?: 'before' | 'within'
  /** Sends the answer when this promise settles. */
  readonly after?: Promise<unknown>
}

export type Script = (call: Received, index: number) => Reply

/** A server on a free port that answers as scripted and keeps what it received; closed with the test. */
export async function startScriptedCkan(
  script: Script,
): Promise<{ readonly url: string; readonly received: readonly Received[] }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const call = toReceived(request.method, request.url, request.headers, Buffer.concat(chunks).toString())
    received.push(call)
    const reply = script(call, received.length - 1)
    await reply.after
    send(response, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

export function success(result: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { json: { help: 'http://ckan/help', success: true, result }, headers }
}

export function failure(status: number, type: string, errors: Readonly<Record<string, unknown>> = {}): Reply {
  return { status, json: { help: 'http://ckan/help', success: false, error: { ...errors, __type: type } } }
}

export const unknownAction: Reply = { status: 400, json: 'Bad request - Action name not known: x' }
export const forbidden = failure(403, 'Authorization Error', {
  message: 'Access denied: User carol not authorized to edit package',
})
export const notFound = failure(404, 'Not Found Error', { message: 'Not found' })

/** A clock that only moves when a program sleeps. Sleeping takes no real time. */
export function createFrozenClock(): Clock & {
  readonly slept: readonly number[]
  advance(milliseconds: number): void
} {
  const slept: number[] = []
  let nowMs = Date.UTC(2026, 10, 22, 12, 0, 0)
  return {
    slept,
    now: () => new Date(nowMs),
    advance(milliseconds) {
      nowMs += milliseconds
    },
    async sleep(milliseconds) {
      slept.push(milliseconds)
      nowMs += milliseconds
    },
  }
}

function toReceived(method = '', path = '', headers: IncomingHttpHeaders, text: string): Received {
  const parsed: unknown = text === '' ? {} : JSON.parse(text)
  return {
    action: path.slice(path.lastIndexOf('/') + 1),
    method,
    path,
    headers,
    text,
    params: parsed as Received['params'],
  }
}

function send(response: ServerResponse, { status = 200, json, text, headers = {}, cut }: Reply): void {
  if (cut === 'before') {
    response.destroy()
    return
  }
  const body = text ?? JSON.stringify(json)
  response.writeHead(status, {
    'content-type': json === undefined ? 'text/html' : 'application/json',
    ...headers,
    'content-length': Buffer.byteLength(body),
  })
  if (cut === 'within') response.write(body.slice(0, 10), () => response.destroy())
  else response.end(body)
}
