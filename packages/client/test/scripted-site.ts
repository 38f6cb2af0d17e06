import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly type: string
  readonly text: string
}

/** The answer to a request. `undefined`: the site never answers. */
type Answer =
  | {
      readonly status?: number
      readonly json?: unknown
      readonly text?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | undefined

/** Starts a site on a free port that answers by the script and records its requests. It closes when the test ends. */
export async function startSite(
  script: (asked: Asked, count: number) => Answer,
): Promise<{ readonly url: string; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', headers } = request
    const one = { method, url, type: headers['content-type'] ?? '', text: Buffer.concat(chunks).toString() }
    asked.push(one)
    const answer = script(one, asked.length)
    if (answer === undefined) return
    const { status = 200, json, text = JSON.stringify(json), headers: more = {} } = answer
    response.writeHead(status, more).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}
