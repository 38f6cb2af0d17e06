import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createScene, type Scene } from './support/scene.ts'

const CALLS = ['put', 'list', 'get', 'head', 'remove'] as const

let standIn: CkanStandIn
let scene: Scene

beforeEach(async () => {
  standIn = await startCkanStandIn()
  scene = createScene({ ...standIn, spoil: async () => {}, isKept: false })
})
afterEach(() => standIn.close())

/** How often each call of the store is made meanwhile. */
async function countCalls(use: () => Promise<unknown>): Promise<Partial<Record<(typeof CALLS)[number], number>>> {
  const spies = CALLS.map((call) => [call, vi.spyOn(scene.store, call)] as const)
  await use()
  const counts = spies.map(([call, spy]) => [call, spy.mock.calls.length] as const).filter(([, count]) => count > 0)
  for (const [, spy] of spies) spy.mockRestore()
  return Object.fromEntries(counts)
}

describe("the bucket's requests for an upload in one piece, from which the guides work out the cost", () => {
  it('are two writes of the gateway, which lists the open uploads of a user every ten seconds at most', async () => {
    const [first, second] = [await scene.newPlace(), await scene.newPlace()]
    expect(await countCalls(() => scene.ask(first))).toEqual({ put: 2, list: 1 })
    expect(await countCalls(() => scene.ask(second))).toEqual({ put: 2 })
  })

  it('are two writes of the gateway for each file of a batch, one write and one read for the batch', async () => {
    await scene.ask(await scene.newPlace())
    const { id, resources } = await scene.newDataset(5)
    const files = resources.map((resource) => ({ resource, name: 'table.csv', size: 8 }))
    const batch = { id, request: crypto.randomUUID(), files }
    expect(await countCalls(() => scene.callGateway('dataset_upload', batch))).toEqual({ put: 11, get: 1 })
  })

  it('are two reads, one write and one removal of the linker', async () => {
    const { key } = await scene.ask(await scene.newPlace())
    await scene.put(key, 'a,b\n1,2\n')
    expect(await countCalls(() => scene.deliver(key))).toEqual({ get: 2, put: 1, remove: 1 })
  })
})
