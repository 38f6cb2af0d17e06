import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Question {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body's JSON, or `undefined` without a body. */
  readonly body: unknown
}

export interface Answer {
  readonly status?: number
  readonly body: object
}

/** A cloud's API on 127.0.0.1 that answers every question by this function. */
export async function startJsonServer(answer: (question: Question) => Answer) {
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const sent = await text(request)
    const { status = 200, body } = answer({ method, path, headers, body: sent === '' ? undefined : JSON.parse(sent) })
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
