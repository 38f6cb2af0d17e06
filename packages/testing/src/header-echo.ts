import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A server in CKAN's place on 127.0.0.1: each answer is CKAN's envelope, and its result is the headers of the request.
 */
export async function startHeaderEcho(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ help: '', success: true, result: request.headers }))
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
