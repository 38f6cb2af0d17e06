import { isUploadId } from '@ckan-uplink/core'
import fc from 'fast-check'
import { v7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { createUploadIds } from '../src/upload-ids.ts'

const msecs = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2100, 0) })

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

  it('is not made up where none could be greater', () => {
    const mint = createUploadIds({ now: () => new Date('2026-01-31T11:00:00Z'), sleep: async () => {} })
    expect(() => mint('ffffffff-ffff-7fff-bfff-ffffffffffff')).toThrow(/from the end of time/u)
  })

  it('tells the time of the clock again after one that had to be ahead of it', () => {
    const mint = createUploadIds({ now: () => new Date('2026-01-31T11:00:00Z'), sleep: async () => {} })
    const ahead = mint('01f00000-0000-7000-8000-000000000000')
    expect(mint() < ahead).toBe(true)
  })
})
