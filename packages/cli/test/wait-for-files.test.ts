import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createUplink } from '@ckan-uplink/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { waitForFiles } from '../src/wait-for-files.ts'

const LOST = 'lost'
const NOT_FOUND = { success: false, error: { __type: 'Not Found Error', message: 'Not found: Upload was not found.' } }

/** A gateway that has no record of one upload. All others are linked. */
async function startGateway(): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (request.url !== '/uploads/status') {
      response.writeHead(404, { 'Content-Type': 'application/json' }).end(JSON.stringify(NOT_FOUND))
      return
    }
    const { uploads } = JSON.parse(Buffer.concat(chunks).toString())
    const stateOf = ({ id }: { id: string }) => (id === LOST ? { id, error: 'unknown' } : { id, state: 'linked' })
    response.end(JSON.stringify({ uploads: uploads.map(stateOf) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('waiting for many files', () => {
  it('ends for all others when the record of one is lost', async () => {
    const gateway = await startGateway()
    const { signal } = new AbortController()
    const files = [LOST, 'upload-1'].map((upload, index) => {
      return { index, upload, key: 'key', resource: 'r', isNew: true, isOver: false }
    })
    const waiting = { goal: 'linked', timeout: 5, until: Date.now() + 5000, isTable: () => true, onEnd() {} } as const
    const results: unknown[] = []
    for await (const { sent, state, thrown } of waitForFiles(files, waiting, {
      gateway,
      signal,
      uplink: createUplink({ gateway, token: 'token' }),
    }))
      results.push([sent.upload, state ?? String(thrown)])
    expect(results).toEqual([
      [LOST, expect.stringContaining('not found')],
      ['upload-1', 'linked'],
    ])
  })
})
