import { describe, expect, it } from 'vitest'
import { link, UnavailableError } from '../../src/index.ts'
import { countQuotas, reconcileAll } from '../../src/operations/index.ts'
import { organizationsWithQuotas, readQuota, writeLimits } from '../../src/uploads/index.ts'
import { createBench, keyOf, NOW, OTHER, RESOURCE, recordOf } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

const ORG = 'organization-1'
const UNTIL = new Date(NOW.getTime() + 26 * 3_600_000).toISOString()

/** Two resources of one organization. An upload of the first one, with a reservation, as the gateway announces it. */
function startSite(declared: { readonly size?: number } = { size: 8 }, replaces = { files: 1, replaces_bytes: 0 }) {
  const bench = createBench({
    settings: { quotaBytes: 1000, quotaFiles: 10, maxUploadBytes: 500 },
    resources: [resourceOf(RESOURCE), resourceOf(OTHER)],
  })
  bench.catalog.override.dataset = { ownerOrg: ORG }
  const { entity } = recordOf(keyOf(1))
  const announce = (order: number, more: object = {}) => {
    const reserved = { ...replaces, until: UNTIL }
    const record = { entity: { ...entity, owner_org: ORG }, declared, limits: { max_bytes: 500 }, reserved }
    const event = bench.upload(keyOf(order), { record: { ...record, ...more } })
    const bytes = Math.max(0, (declared.size ?? 500) - replaces.replaces_bytes)
    const time = Date.parse(UNTIL).toString(16).padStart(12, '0')
    bench.store.place(`uplink/quotas/${ORG}/open/${time}-${bytes}-${replaces.files}-${event.key.split('/')[3]}`, {
      bytes: '',
    })
    return event
  }
  const at = (now: Date) => ({
    ...bench,
    lister: createTableLister(bench.catalog),
    clock: { ...bench.clock, now: () => now },
  })
  const quota = (now = NOW) => readQuota(bench.store, bench.settings, ORG, now)
  return { ...bench, announce, at, quota }
}

describe("an organization's quota", () => {
  it('counts an open upload with its declared size, and one without a size with the largest that is allowed', async () => {
    const declared = startSite()
    declared.announce(1)
    expect((await declared.quota()).reserved).toEqual({ bytes: 8, files: 1 })
    const undeclared = startSite({})
    undeclared.announce(1)
    expect((await undeclared.quota()).reserved).toEqual({ bytes: 500, files: 1 })
  })

  it('counts a linked file with its real size until the next count has it', async () => {
    const site = startSite({})
    const event = site.announce(1)
    expect(await link(site, [event])).toMatchObject([{ kind: 'linked' }])
    expect((await site.quota()).reserved).toEqual({ bytes: 8, files: 1 })
    const nextDay = new Date(NOW.getTime() + 20 * 3_600_000)
    expect(await countQuotas(site.at(nextDay))).toBe(1)
    expect(await site.quota(nextDay)).toMatchObject({
      used: { bytes: 8, files: 1, at: nextDay.toISOString() },
      reserved: { bytes: 0, files: 0 },
    })
  })

  it('keeps the reservation of a file that CKAN may not list yet', async () => {
    const site = startSite()
    await link(site, [site.announce(1)])
    await countQuotas(site.at(new Date(NOW.getTime() + 60_000)))
    expect((await site.quota()).reserved).toEqual({ bytes: 8, files: 1 })
  })

  it('gives back what a refused upload reserved', async () => {
    const site = startSite({ size: 7 })
    expect(await link(site, [site.announce(1)])).toMatchObject([{ kind: 'ignored' }])
    expect((await site.quota()).reserved).toEqual({ bytes: 0, files: 0 })
  })

  it('counts only the difference of a file that replaces another', async () => {
    const site = startSite({ size: 30 }, { files: 0, replaces_bytes: 20 })
    site.announce(1)
    expect((await site.quota()).reserved).toEqual({ bytes: 10, files: 0 })
  })

  it('gives back what an upload reserved whose file never came', async () => {
    const site = startSite()
    site.announce(1)
    const later = new Date(Date.parse(UNTIL) + 1)
    expect((await site.quota(later)).reserved).toEqual({ bytes: 0, files: 0 })
    await countQuotas(site.at(later))
    expect(site.store.keys(`uplink/quotas/${ORG}/open/`)).toEqual([])
  })

  it('counts no links to other hosts and no datasets without an organization', async () => {
    const site = startSite()
    await link(site, [site.announce(1)])
    site.catalog.set(OTHER, { url: 'https://example.org/theirs.csv', size: 700 })
    await countQuotas(site.at(new Date(NOW.getTime() + 3_600_000)))
    expect((await site.quota()).used).toMatchObject({ bytes: 8, files: 1 })
    site.catalog.override.dataset = {}
    expect(await countQuotas(site.at(new Date(NOW.getTime() + 7_200_000)))).toBe(0)
    expect((await site.quota()).used).toMatchObject({ bytes: 0, files: 0 })
  })

  it('can be set for one organization, without a limit as well', async () => {
    const site = startSite()
    await writeLimits(site.store, ORG, { bytes: 5, files: null })
    expect((await site.quota()).limits).toEqual({ bytes: 5, files: undefined })
    await writeLimits(site.store, ORG, undefined)
    expect((await site.quota()).limits).toEqual({ bytes: 1000, files: 10 })
  })

  it('is an error with the key when its document is damaged', async () => {
    const site = startSite()
    site.store.place(`uplink/quotas/${ORG}/limits.json`, { bytes: 'scribble' })
    await expect(site.quota()).rejects.toThrow(`The object uplink/quotas/${ORG}/limits.json is not JSON`)
  })

  it('is listed with all organizations that have one', async () => {
    const site = startSite()
    for (const id of ['b/../c', 'a']) await writeLimits(site.store, id, { files: 1 })
    site.announce(1)
    const ids: string[] = []
    for await (const id of organizationsWithQuotas(site.store)) ids.push(id)
    expect(ids).toEqual(['a', 'b/../c', ORG])
  })
})

describe('the nightly count', () => {
  it('ends after its time, also among the files that no resource links to', async () => {
    const site = startSite()
    let now = NOW.getTime()
    const list: typeof site.store.list = async function* (prefix) {
      for (const size of [1, 2]) {
        now += 1000
        yield { key: `${prefix}${ORG}/${size}`, size, etag: 'e', modifiedAt: NOW }
      }
    }
    const slow = { ...site.at(NOW), store: { ...site.store, list }, clock: { ...site.clock, now: () => new Date(now) } }
    await expect(countQuotas(slow, 1500)).rejects.toThrow('The bucket took too long')
  })

  it('is part of the nightly run with quotas, and asks CKAN nothing without them', async () => {
    const site = startSite()
    await link(site, [site.announce(1)])
    await reconcileAll(site.at(new Date(NOW.getTime() + 20 * 3_600_000)))
    expect((await site.quota()).used).toMatchObject({ bytes: 8, files: 1 })
    const without = { ...site.at(NOW), settings: createBench().settings }
    site.store.calls.length = 0
    await reconcileAll(without)
    expect(site.store.calls.filter((call) => call.includes('uplink/quotas/'))).toEqual([])
  })

  it('keeps the earlier sums when CKAN cannot be read, and the rest of the night goes on', async () => {
    const site = startSite()
    await link(site, [site.announce(1)])
    await countQuotas(site.at(NOW))
    let calls = 0
    const broken = site.at(new Date(NOW.getTime() + 20 * 3_600_000))
    const datasets: (typeof broken.lister)['datasets'] = async function* (options) {
      calls += 1
      if (calls === 1) throw new UnavailableError('CKAN is down.')
      yield* createTableLister(site.catalog).datasets(options)
    }
    await reconcileAll({ ...broken, lister: { datasets } })
    expect((await site.quota()).used).toMatchObject({ bytes: 8, at: NOW.toISOString() })
    expect(site.lines).toContainEqual({ level: 'warn', fields: { reason: 'CKAN is down.' } })
    expect(site.lines.at(-1)?.fields).toMatchObject({ unchanged: 1 })
  })
})
