import { afterAll, beforeAll, expect, it } from 'vitest'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

const RESOURCES = 12

let edition: OperatedEdition
let puts = 0

beforeAll(async () => {
  // The linker gets a notification for every second file, and for some of them two.
  edition = await openOperatedEdition({ local: { delaysMs: () => [[], [0], [], [0, 300]][puts++ % 4] ?? [] } })
})
afterAll(() => edition?.close())

async function upload(resource: string, content: string): Promise<string> {
  return (await edition.uplink.upload(new Blob([content]), { resource, name: 'numbers.csv' })).id
}

async function reconcile() {
  return (await edition.operate('reconcile --fix --json')).code
}

it('two reconciliations, a linker and uploading users end with the last requested upload', async () => {
  const { resources } = await edition.newDataset(RESOURCES)
  for (const resource of resources) await upload(resource, 'number\n1\n')
  const ends = Promise.all([reconcile(), reconcile()])
  const last = new Map<string, string>()
  for (const resource of resources) last.set(resource, await upload(resource, 'number\n2\n'))
  // A run leaves what a concurrent writer changed. The next run finds it.
  for (const code of await ends) expect([0, 1]).toContain(code)

  expect(await reconcile()).toBe(0)
  for (const [resource, id] of last) expect((await edition.resource(resource)).url).toContain(id)
  const again = linesOf(await edition.operate('reconcile --json'))
  expect(again).toEqual([expect.objectContaining({ kind: 'total', looked_at: 2 * RESOURCES, left: 0 })])
})
