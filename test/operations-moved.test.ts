import { rm } from 'node:fs/promises'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from './support/ckan-calls.ts'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

const CSV = 'city,population\n東京,13960000\n'

let edition: OperatedEdition
/** The same bucket and CKAN behind a gateway with another address. */
let moved: LocalHandle

beforeAll(async () => {
  edition = await openOperatedEdition()
})
afterAll(async () => {
  await (moved ?? edition.local).close()
  await edition.ckan.close()
  await rm(edition.folder, { recursive: true })
})

async function readAt(url: string): Promise<string> {
  const response = await fetch(url, { headers: { Authorization: edition.ckan.tokens.editor } })
  return response.ok ? response.text() : `${response.status}`
}

describe('a gateway that moved to another address', () => {
  it('leaves every link working after reconcile --moved-from', async () => {
    const datasets = [await edition.newDataset(), await edition.newDataset([{}], { private: true })]
    for (const dataset of datasets) {
      const { id } = await edition.uplink.upload(new Blob([CSV]), { resource: only(dataset), name: 'cities.csv' })
      await edition.uplink.waitFor(id, 'linked')
    }
    const before = await Promise.all(datasets.map((dataset) => edition.resource(only(dataset))))
    const from = edition.local.gateway
    await edition.local.close()
    const service = { url: edition.ckan.url, token: edition.ckan.tokens.admin }
    moved = await startLocal({ folder: `${edition.folder}/.local`, ports: await choosePorts('0'), ckan: service })
    expect(moved.gateway).not.toBe(from)

    const compared = await edition.operate('reconcile')
    expect(compared.stdout).toContain(`at another address, ${from}`)
    const dryRun = await edition.operate(`reconcile --moved-from ${from}`)
    expect([dryRun.code, dryRun.stdout]).toEqual([1, expect.stringContaining('2 would be moved, 0 left.')])
    expect(await edition.resource(only(datasets[0] ?? { id: '', resources: [] }))).toEqual(before[0])

    const fixed = await edition.operate(`reconcile --moved-from ${from} --fix --json`)
    expect([fixed.code, linesOf(fixed).map(({ kind }) => kind)]).toEqual([0, ['moved', 'moved', 'total']])
    for (const [index, dataset] of datasets.entries()) {
      const { url, metadata_modified: _, ...after } = await edition.resource(only(dataset))
      expect({ ...before[index], ...after, url: before[index]?.url }).toEqual(before[index])
      expect(url).toBe(before[index]?.url.replace(from, moved.gateway))
      expect(await readAt(url)).toBe(CSV)
    }
    expect((await edition.operate('reconcile')).stdout).not.toContain('another address')
    expect(await edition.operate(`reconcile --moved-from ${moved.gateway}`)).toMatchObject({ code: 2 })
  })
})
