import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createUplink } from '../src/index.ts'

type Asked = readonly { readonly id: string; readonly key: string }[]

/** A client of a gateway whose route answers with a status, or with `linked` for every upload. */
async function startGateway(statusOf: (asked: Asked) => number) {
  const counts: number[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { uploads } = JSON.parse(Buffer.concat(chunks).toString())
    counts.push(uploads.length)
    const states = uploads.map(({ id }: { id: string }) => ({ id, state: 'linked' }))
    response.writeHead(statusOf(uploads)).end(JSON.stringify({ uploads: states }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { statuses: createUplink({ gateway }).statuses, counts }
}

function uploads(number: number) {
  return Array.from({ length: number }, (_, index) => ({ id: `upload-${index}`, key: 'key' }))
}

describe('the states of many uploads', () => {
  it('take one request', async () => {
    const { statuses, counts } = await startGateway(() => 200)
    const states = await statuses(uploads(700))
    expect([states.size, states.get('upload-699'), counts]).toEqual([700, { state: 'linked' }, [700]])
  })

  it('take a request for each thousand', async () => {
    const { statuses, counts } = await startGateway(() => 200)
    expect((await statuses(uploads(1001))).size).toBe(1001)
    expect(counts).toEqual([1000, 1])
  })

  it('take small requests where the platform refuses a large one, and no large one again', async () => {
    const { statuses, counts } = await startGateway((asked) => (asked.length > 50 ? 500 : 200))
    expect((await statuses(uploads(90))).size).toBe(90)
    expect((await statuses(uploads(90))).size).toBe(90)
    expect(counts).toEqual([90, 20, 20, 20, 20, 10, 20, 20, 20, 20, 10])
  })

  it('are known although more uploads are unknown than one request may have', async () => {
    const { statuses } = await startGateway((asked) => (asked.length > 20 ? 403 : 200))
    expect((await statuses(uploads(21))).size).toBe(21)
  })

  it('are missing when the gateway refuses to show few of them, and when it has no such route', async () => {
    for (const status of [403, 404]) {
      const { statuses, counts } = await startGateway(() => status)
      expect([(await statuses(uploads(2))).size, counts]).toEqual([0, [2]])
    }
  })

  it('stay as they were while the gateway gives no answer', async () => {
    const { statuses } = await startGateway(() => 503)
    expect(await statuses(uploads(1))).toEqual(new Map([['upload-0', { state: 'issued' }]]))
  })

  it('end with the reason of a signal', async () => {
    const { statuses } = await startGateway(() => 200)
    await expect(statuses(uploads(1), { signal: AbortSignal.abort(new Error('Enough.')) })).rejects.toThrow('Enough.')
  })

  it('take no request without uploads', async () => {
    const { statuses, counts } = await startGateway(() => 200)
    expect([(await statuses([])).size, counts]).toEqual([0, []])
  })
})
