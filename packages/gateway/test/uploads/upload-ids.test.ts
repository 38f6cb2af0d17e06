import { isUploadId } from '@ckan-uplink/core/uploads'
import fc from 'fast-check'
import { v7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { createUploadIds } from '../../src/uploads/upload-ids.ts'

const msecs = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2100, 0) })

/** Between version and variant: 12 bits and 62. */
const RANDOM_BITS = Array.from({ length: 76 }, (_, bit) => BigInt(bit)).filter((bit) => bit < 62n || bit >= 64n)

describe('an upload id', () => {
  it('is greater than all before it, however the clock goes', () => {
    fc.assert(
      fc.property(fc.array(msecs, { minLength: 2, maxLength: 20 }), (times) => {
        let now = 0
        const mint = createUploadIds({ now: () => new Date(now), sleep: async () => {} })
        const ids = times.map((time) => {
          now = time
          return mint()
        })
        expect(ids.every(isUploadId)).toBe(true)
        expect([...ids].sort()).toEqual(ids)
        expect(new Set(ids).size).toBe(ids.length)
      }),
    )
  })

  it('is greater than that of the linked upload, however far the clocks differ', () => {
    fc.assert(
      fc.property(msecs, msecs, (here, there) => {
        const mint = createUploadIds({ now: () => new Date(here), sleep: async () => {} })
        const linked = v7({ msecs: there })
        const id = mint(linked)
        expect(isUploadId(id) && id > linked).toBe(true)
      }),
    )
  })

  it('is greater than all before it for the same linked upload, also while the clock passes that', () => {
    fc.assert(
      fc.property(msecs, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 30 }), (there, steps) => {
        let now = there - 10
        const mint = createUploadIds({ now: () => new Date(now), sleep: async () => {} })
        const linked = v7({ msecs: there })
        const ids = steps.map((step) => {
          now += step
          return mint(linked)
        })
        expect([...ids].sort()).toEqual(ids)
        expect(new Set([linked, ...ids]).size).toBe(ids.length + 1)
      }),
    )
  })

  it('has 74 new random bits, also within a millisecond and ahead of the clock', () => {
    const mint = createUploadIds({ now: () => new Date('2026-01-31T11:00:00Z'), sleep: async () => {} })
    const linked = '01f00000-0000-7000-8000-000000000000'
    for (const after of [undefined, linked]) {
      const ids = Array.from({ length: 2_000 }, () => BigInt(`0x${mint(after).replaceAll('-', '')}`))
      for (const bit of RANDOM_BITS) {
        const ones = ids.filter((id) => (id >> bit) & 1n).length
        // 1,000 on average, with a deviation of 22: ten of them are never seen.
        expect(Math.abs(ones - 1_000)).toBeLessThan(220)
        const changes = ids.filter((id, index) => (id >> bit) % 2n !== ((ids[index - 1] ?? id) >> bit) % 2n).length
        expect(Math.abs(changes - 1_000)).toBeLessThan(220)
      }
    }
  })

  it("is no other gateway's, at the same millisecond", () => {
    const clock = { now: () => new Date('2026-01-31T11:00:00Z'), sleep: async () => {} }
    const ids = Array.from({ length: 500 }, () => createUploadIds(clock)())
    expect(new Set(ids.map((id) => id.slice(0, 13))).size).toBe(1)
    expect(new Set(ids).size).toBe(500)
  })

  it('is not made up where none could be greater', () => {
    const mint = createUploadIds({ now: () => new Date('2026-01-31T11:00:00Z'), sleep: async () => {} })
    expect(() => mint('ffffffff-ffff-7fff-bfff-ffffffffffff')).toThrow(/in the far future/u)
  })

  it('has the time of the clock again after an id ahead of the clock', () => {
    const mint = createUploadIds({ now: () => new Date('2026-01-31T11:00:00Z'), sleep: async () => {} })
    const ahead = mint('01f00000-0000-7000-8000-000000000000')
    expect(mint() < ahead).toBe(true)
  })
})
