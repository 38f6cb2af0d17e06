import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createUplink } from '@ckan-uplink/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { waitForFiles } from '../src/wait-for-files.ts'

const LOST = 'lost'
const NOT_FOUND = { success: false, error: { __type: 'Not Found Error', message: 'Not found: Upload was not found.' } }

/** A gateway that has no record of one upload, and tells the states of all others. `asked`: the ids in each request. */
async function startGateway(stateOf: (id: string, look: number) => string) {
  const asked: string[][] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (request.url !== '/uploads/status') {
      response.writeHead(404, { 'Content-Type': 'application/json' }).end(JSON.stringify(NOT_FOUND))
      return
    }
    const { uploads }: { uploads: { id: string }[] } = JSON.parse(Buffer.concat(chunks).toString())
    asked.push(uploads.map(({ id }) => id))
    const look = asked.length
    const told = uploads.map(({ id }) => (id === LOST ? { id, error: 'unknown' } : { id, state: stateOf(id, look) }))
    response.end(JSON.stringify({ uploads: told }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

async function waitFor(
  gateway: string,
  uploads: readonly string[],
  timeout = 300,
): Promise<readonly [string, string][]> {
  const { signal } = new AbortController()
  const files = uploads.map((upload, index) => {
    return { index, upload, key: 'key', resource: 'r', isNew: true, isOver: false }
  })
  const until = Date.now() + timeout * 1000
  const waiting = { goal: 'linked', timeout, until, isTable: () => true, onEnd() {} } as const
  const results: [string, string][] = []
  const uplink = createUplink({ gateway, token: 'token' })
  for await (const { sent, state, thrown } of waitForFiles(files, waiting, { gateway, signal, uplink }))
    results.push([sent.upload, state ?? String(thrown)])
  return results
}

const MANY = Array.from({ length: 300 }, (_, index) => `upload-${index}`)
const LINKED = MANY.map((upload) => [upload, 'linked'])

describe('waiting for many files', () => {
  it('ends for all others when the record of one is lost', async () => {
    const { gateway } = await startGateway(() => 'linked')
    expect(await waitFor(gateway, [LOST, 'upload-1'])).toEqual([
      [LOST, expect.stringContaining('not found')],
      ['upload-1', 'linked'],
    ])
  })

  it('asks about a few while none of them is linked, and then about each once', async () => {
    const { gateway, asked } = await startGateway((_, look) => (look <= 3 ? 'issued' : 'linked'))
    expect(await waitFor(gateway, MANY)).toEqual(LINKED)
    expect(asked.slice(0, 3).map(({ length }) => length)).toEqual([20, 20, 20])
    expect(asked.slice(3).flat().toSorted()).toEqual(MANY.toSorted())
  })

  it('finds the linked files behind others that are not', async () => {
    const isFirst = (id: string) => MANY.indexOf(id) < 40
    const { gateway, asked } = await startGateway((id, look) => (isFirst(id) && look <= 8 ? 'scanning' : 'linked'))
    expect(await waitFor(gateway, MANY)).toEqual(LINKED)
    expect(asked.flat().filter((id) => !isFirst(id))).toHaveLength(260)
  })

  it('goes on to the others when some of a few are not linked', async () => {
    const { gateway, asked } = await startGateway((id, look) => (id === 'upload-3' && look <= 6 ? 'issued' : 'linked'))
    expect(await waitFor(gateway, MANY)).toEqual(LINKED)
    expect(asked.map(({ length }) => length).slice(0, 4)).toEqual([20, 40, 80, 160])
  })

  it('says that a file still waits for a virus scan', async () => {
    const { gateway } = await startGateway(() => 'scanning')
    const reason = 'is not linked after 0 s: a virus scanner has not looked at its file yet.'
    expect(await waitFor(gateway, ['upload-1'], 0)).toEqual([['upload-1', expect.stringContaining(reason)]])
  })

  it('asks about all of them a last time before it gives up', async () => {
    const { gateway, asked } = await startGateway((id) => (id === 'upload-299' ? 'linked' : 'issued'))
    const results = await waitFor(gateway, MANY, 0)
    expect(results.at(-1)).toEqual(['upload-299', 'linked'])
    expect(results.filter(([, told]) => told.includes('is not linked after 0 s'))).toHaveLength(299)
    expect(asked.map(({ length }) => length)).toEqual([300])
  })
})
