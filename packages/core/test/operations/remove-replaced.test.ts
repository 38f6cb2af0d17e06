import { describe, expect, it } from 'vitest'
import { link, NotAllowedError, UnavailableError } from '../../src/index.ts'
import {
  dryRun,
  type Finding,
  type DatasetLister as Lister,
  type OperationDeps,
  parkEvent,
  reconcile,
} from '../../src/operations/index.ts'
import type { Settings } from '../../src/settings/index.ts'
import { DAY_MS } from '../../src/support/index.ts'
import {
  type Bench,
  createBench,
  createdEvent,
  keyOf,
  NOW,
  OTHER,
  RESOURCE,
  uploadId,
  urlOf,
} from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

async function findingsOf(deps: OperationDeps): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const { finding } of reconcile(deps, deps)) if (finding) found.push(finding)
  return found
}

describe('a file that a later upload has replaced', () => {
  /** An upload and a later one, both linked in turn, with a look so many days afterwards. */
  async function replaced(
    settings: Partial<Settings>,
    days: number,
    meanwhile: (bench: Bench, first: string) => unknown = () => {},
    more: Partial<Lister> = {},
  ) {
    const bench = createBench({ settings, resources: [resourceOf(RESOURCE), resourceOf(OTHER)] })
    for (const order of [1, 2]) await link(bench, [bench.upload(keyOf(order), { content: { etag: `etag-${order}` } })])
    await meanwhile(bench, await urlOf(keyOf(1), 'etag-1'))
    const clock = { ...bench.clock, now: () => new Date(NOW.getTime() + days * DAY_MS) }
    return { ...bench, clock, lister: { ...createTableLister(bench.catalog), ...more } }
  }

  async function run(deps: OperationDeps & Pick<Bench, 'store'>) {
    const found = await findingsOf(deps)
    return {
      found,
      left: deps.store
        .keys('resources/')
        .map((key) => [1, 2].find((order) => createdEvent(keyOf(order)).key === key) ?? 0),
    }
  }

  it.each<[string, Partial<Settings>, number, readonly number[]]>([
    ['stays without a setting for its removal', {}, 29, [1, 2]],
    ['stays for the days in the settings', { removeReplacedAfterDays: 10 }, 10, [1, 2]],
    ['is removed afterwards, and the later file stays', { removeReplacedAfterDays: 10 }, 10.1, [2]],
  ])('%s', async (_, settings, days, left) => {
    expect((await run(await replaced(settings, days))).left).toEqual(left)
  })

  const registered = { removeReplacedAfterDays: 10, filesStorage: 'uplink' }
  const location = (order: number) => `${RESOURCE}/${uploadId(order)}/data.csv`

  it('is removed from CKAN, too, where it is registered', async () => {
    const site = await replaced(registered, 10.1)
    expect([...site.catalog.files.keys()]).toEqual([location(1), location(2)])
    expect((await run(site)).left).toEqual([2])
    expect([...site.catalog.files.keys()]).toEqual([location(2)])
  })

  it.each<[string, (bench: Bench) => unknown]>([
    [
      'CKAN has given its file to another owner',
      ({ catalog }) => catalog.files.set(location(1), { id: 'file-0', name: 'a.csv', owner: 'a person', pinned: true }),
    ],
    [
      'CKAN removes no file',
      ({ catalog }) => {
        catalog.override.file = (step) => {
          if (step === 'remove') throw new UnavailableError('CKAN is away.')
        }
      },
    ],
  ])('stays when %s', async (_, meanwhile) => {
    const site = await replaced(registered, 10.1, meanwhile)
    expect((await run(site)).left).toEqual([1, 2])
    expect([...site.catalog.files.keys()]).toEqual([location(1), location(2)])
  })

  it('stays when a person has restored its URL', async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench, url) => bench.catalog.set(RESOURCE, { url }))
    expect((await run(site)).left).toEqual([1, 2])
  })

  it('stays while its message is parked', async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench) =>
      parkEvent(bench, createdEvent(keyOf(1)), 'It waits.'),
    )
    expect((await run(site)).left).toEqual([1, 2])
  })

  it('stays when the later file does not exist', async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench) =>
      bench.store.remove(createdEvent(keyOf(2)).key),
    )
    expect((await run(site)).left).toEqual([1])
  })

  it("stays when CKAN shows the upload of another resource under this one's address", async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, async (bench) => {
      await link(bench, [bench.upload(keyOf(3, OTHER), { content: { etag: 'three' } })])
      bench.catalog.set(RESOURCE, { url: await urlOf(keyOf(3), 'three') })
    })
    expect((await run(site)).left).toEqual([1, 2, 0])
  })

  it('stays when CKAN is unreachable right before the removal', async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench) => {
      let reads = 0
      bench.catalog.override.readDataset = () => {
        reads += 1
        // The first call is the linker's own.
        if (reads > 1) throw new UnavailableError('CKAN is down.')
      }
    })
    expect((await run(site)).left).toEqual([1, 2])
  })

  it('stays when a person restores its URL right before the removal', async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench, url) => {
      let reads = 0
      bench.catalog.override.readDataset = () => {
        reads += 1
        if (reads === 2) bench.catalog.set(RESOURCE, { url })
      }
    })
    expect((await run(site)).left).toEqual([1, 2])
  })

  it.each<[string, (url: string) => string]>([
    ['as it was linked', (url) => url],
    [
      'without its version, at an address that the gateway had',
      (url) => url.replace(/^https:\/\/up(.*)\?.*$/u, 'http://old$1'),
    ],
  ])('stays when a copied dataset points to it %s', async (_, written) => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, ({ catalog }, url) =>
      catalog.set('copied', { datasetId: 'copy', url: written(url) }),
    )
    expect((await run(site)).left).toEqual([1, 2])
  })

  it('stays when a dataset is copied after all datasets were read', async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5)
    const url = await urlOf(keyOf(1), 'etag-1')
    let asked = 0
    const datasets: Lister['datasets'] = async function* (options) {
      yield* createTableLister(site.catalog).datasets(options)
      asked += 1
      if (asked === 1) site.catalog.set('copied', { datasetId: 'copy', url })
    }
    expect((await run({ ...site, lister: { datasets } })).left).toEqual([1, 2])
  })

  it("stays without a sysadmin's token, and the log says so once", async () => {
    const datasets: Lister['datasets'] = async function* ({ complete } = {}) {
      if (complete) throw new NotAllowedError("The CKAN token is not a sysadmin's.")
      yield* []
    }
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5, (bench) => link(bench, [bench.upload(keyOf(3))]), {
      datasets,
    })
    expect((await run(site)).left).toEqual([1, 2, 0])
    expect(site.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { reason: "The CKAN token is not a sysadmin's." } },
    ])
  })

  it('stays when no lister is given', async () => {
    const { lister: _, ...site } = await replaced({ removeReplacedAfterDays: 1 }, 5)
    for await (const _step of reconcile(site));
    expect(site.store.keys('resources/')).toHaveLength(2)
  })

  it('is reported when it is removed, and earlier by a dry run', async () => {
    const site = await replaced({ removeReplacedAfterDays: 1 }, 5)
    const told = await findingsOf(dryRun(site))
    expect(site.store.keys('resources/')).toHaveLength(2)
    const { found } = await run(site)
    expect(found).toMatchObject([
      { kind: 'removed', key: createdEvent(keyOf(1)).key, size: 8, reason: expect.stringContaining(uploadId(2)) },
      { outcome: { kind: 'unchanged' } },
    ])
    expect(told).toEqual(found)
  })

  it('reads all datasets only when there is a file to remove, and only once', async () => {
    const callsAfter = async (days: number) => {
      const site = await replaced({ removeReplacedAfterDays: 1 }, days, (bench) =>
        link(bench, [bench.upload(keyOf(3))]),
      )
      await run(site)
      return site.lister.calls
    }
    expect(await callsAfter(0)).toEqual([{}])
    const since = new Date(NOW.getTime() + 5 * DAY_MS - 600_000)
    expect(await callsAfter(5)).toEqual([{ complete: true }, { since, complete: true }, { since, complete: true }, {}])
  })
})
