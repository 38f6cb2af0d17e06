import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createShowStates } from '../src/upload-states.ts'

type Asked = readonly { readonly id: string; readonly key: string }[]

/** A gateway whose route answers with a status, or with `linked` for every upload. */
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
  return { gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts }
}

function files(number: number, key: string | undefined = 'key') {
  return Array.from({ length: number }, (_, index) => ({
    index,
    upload: `upload-${index}`,
    key,
    resource: 'r',
    isNew: true,
    isOver: false,
  }))
}

const { signal } = new AbortController()

describe('the states of many uploads', () => {
  it('take one request', async () => {
    const { gateway, counts } = await startGateway(() => 200)
    const states = await createShowStates({ gateway, signal })(files(700))
    expect([states.size, states.get('upload-699'), counts]).toEqual([700, 'linked', [700]])
  })

  it('take small requests where the platform refuses a large one, and no large one again', async () => {
    const { gateway, counts } = await startGateway((asked) => (asked.length > 50 ? 500 : 200))
    const showStates = createShowStates({ gateway, signal })
    expect((await showStates(files(90))).size).toBe(90)
    expect((await showStates(files(90))).size).toBe(90)
    expect(counts).toEqual([90, 20, 20, 20, 20, 10, 20, 20, 20, 20, 10])
  })

  it('are known although more uploads are unknown than one request may have', async () => {
    const { gateway } = await startGateway((asked) => (asked.length > 20 ? 403 : 200))
    expect((await createShowStates({ gateway, signal })(files(21))).size).toBe(21)
  })

  it('are left to CKAN when the gateway refuses to show few of them', async () => {
    const { gateway } = await startGateway(() => 403)
    expect((await createShowStates({ gateway, signal })(files(2))).size).toBe(0)
  })

  it('stay as they were while the gateway gives no answer', async () => {
    const { gateway } = await startGateway(() => 503)
    expect(await createShowStates({ gateway, signal })(files(1))).toEqual(new Map([['upload-0', 'issued']]))
  })

  it('are unknown to a gateway without the route, and for an upload without a key', async () => {
    const { gateway, counts } = await startGateway(() => 404)
    expect((await createShowStates({ gateway, signal })(files(2))).size).toBe(0)
    expect((await createShowStates({ gateway, signal })(files(2, ''))).size).toBe(0)
    const keyless = files(2).map(({ key: _, ...file }) => file)
    expect((await createShowStates({ gateway, signal })(keyless)).size).toBe(0)
    expect(counts).toEqual([2, 2])
  })
})
