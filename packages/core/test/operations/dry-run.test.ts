import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dryRun, type Finding, type OperationDeps, reconcile } from '../../src/operations/index.ts'
import { type Bench, createBench } from '../support/fixtures.ts'
import { build, plans } from '../support/plans.ts'
import { createTableLister } from '../support/table-lister.ts'

async function findingsOf(deps: OperationDeps): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const { finding } of reconcile(deps, { lister: deps.lister })) if (finding) found.push(finding)
  return found
}

async function everythingIn({ store, catalog }: Bench): Promise<unknown> {
  const objects = await Promise.all(store.keys().map((key) => store.get(key)))
  return {
    objects,
    resources: catalog.all(),
    writes: [store.count('put'), store.count('remove'), catalog.count('revise'), catalog.count('setImage')],
  }
}

describe('a dry run', () => {
  it('writes nothing, and returns the same outcomes', async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      const [catalogOfDryRun, real] = [await build(plan), await build(plan)]
      const before = await everythingIn(catalogOfDryRun)
      const withLister = (bench: Bench) => ({ ...bench, lister: createTableLister(bench.catalog) })
      const told = await findingsOf(dryRun(withLister(catalogOfDryRun)))
      expect(await everythingIn(catalogOfDryRun)).toEqual(before)
      expect(catalogOfDryRun.lines).toEqual([])
      expect(told).toEqual(await findingsOf(withLister(real)))
    })
    await fc.assert(property, { numRuns: 300 })
  })

  it('reads back its pretended writes, and checks the condition of a write', async () => {
    const { store } = createBench()
    store.place('a', { etag: 'here' })
    const catalogOfDryRun = dryRun({ ...createBench(), store }).store
    const bytes = new TextEncoder().encode('b')
    expect(await catalogOfDryRun.put('a', bytes, { onlyIf: 'absent' })).toBeUndefined()
    expect(await catalogOfDryRun.put('a', bytes, { onlyIf: { etag: 'other' } })).toBeUndefined()
    const etag = (await catalogOfDryRun.put('a', bytes, { onlyIf: { etag: 'here' } })) ?? ''
    expect(await catalogOfDryRun.put('a', bytes, { onlyIf: { etag: 'here' } })).toBeUndefined()
    expect(await catalogOfDryRun.get('a')).toMatchObject({ bytes, object: { key: 'a', etag, size: 1 } })
    await catalogOfDryRun.remove('a')
    expect([await catalogOfDryRun.head('a'), await catalogOfDryRun.get('a')]).toEqual([undefined, undefined])
    expect(await catalogOfDryRun.put('a', bytes, { onlyIf: 'absent' })).toBeDefined()
    expect(await store.head('a')).toMatchObject({ etag: 'here', size: 8 })
  })
})
