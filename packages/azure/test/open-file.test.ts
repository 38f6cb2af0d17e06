import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { systemClock } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectStorage } from '../src/index.ts'
import { createFileOpener } from '../src/open-file.ts'

/** A Blob Storage with one blob, which answers all but its ETag with 412. */
let storage: Server
let asked: IncomingHttpHeaders
let open: ReturnType<typeof createFileOpener>

beforeAll(async () => {
  storage = createServer(({ headers }, response) => {
    asked = headers
    if (headers['if-match'] !== '"0x1"') return void response.writeHead(412).end()
    const isPart = headers['x-ms-range'] !== undefined
    const bytes = isPart ? 'b,' : 'a,b,c'
    response.writeHead(isPart ? 206 : 200, { 'Content-Length': bytes.length, ETag: '"0x1"' }).end(bytes)
  })
  await new Promise<void>((resolve) => storage.listen(0, '127.0.0.1', resolve))
  const address = storage.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/account`
  const { service } = connectStorage({ url, accountKey: btoa('key'), clock: systemClock })
  open = createFileOpener(service.getContainerClient('open-data'))
})
afterAll(() => {
  storage.closeAllConnections()
  storage.close()
})

describe('a blob that a reader asks for', () => {
  it('is streamed as a whole or in part', async () => {
    expect(await new Response(await open('a.csv', { etag: '0x1' })).text()).toBe('a,b,c')
    const range = { offset: 2, length: 2 }
    expect(await new Response(await open('a.csv', { etag: '0x1', range })).text()).toBe('b,')
    expect(asked['x-ms-range']).toBe('bytes=2-3')
  })

  it('is not streamed in another version', async () => {
    expect(await open('a.csv', { etag: '0x2' })).toBeUndefined()
  })
})
