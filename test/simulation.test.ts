import { planArbitrary, simulate } from '@ckan-uplink/testing/simulation'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('linking under any schedule', () => {
  it('keeps every promise, whatever order calls, faults, crashes and edits come in', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(fc.scheduler(), planArbitrary, async (scheduler, plan) => {
      expect(await simulate(scheduler, plan)).toEqual([])
    })
    await fc.assert(property, { numRuns: 2000, seed: 20_300_101 })
  })
})
