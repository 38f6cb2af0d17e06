import { GIB, MIB } from '@ckan-uplink/core/support'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planParts, rangesOf, sizeOfPart } from '../../src/uploads/part-plan.ts'

const TIB = 1024 * GIB
const S3 = { maxParts: 10_000, minPartBytes: 5 * MIB, maxPartBytes: 5 * GIB }
const R2 = { ...S3, maxPartBytes: 5 * GIB - 5 * MIB, maxObjectBytes: 5 * TIB - 5 * GIB }
const AZURE = { maxParts: 50_000, minPartBytes: 1, maxPartBytes: 4000 * MIB }
const limits = fc.constantFrom(S3, R2, AZURE)

describe('the plan of an upload in parts', () => {
  it('adds up to the file, within what the store takes, from 1 byte to 4.99 TiB', () => {
    const exponents = fc.double({ min: 0, max: Math.log2(R2.maxObjectBytes), noNaN: true })
    fc.assert(
      fc.property(limits, exponents, fc.integer({ min: -1, max: 1 }), (store, exponent, more) => {
        const size = Math.min(Math.max(1, Math.floor(2 ** exponent) + more), R2.maxObjectBytes)
        const plan = planParts(store, size)
        if (plan === undefined) throw new Error(`${size} bytes have no plan.`)
        const last = sizeOfPart(plan, size, plan.partCount)
        expect(plan.partSize * (plan.partCount - 1) + last).toBe(size)
        expect(last).toBeGreaterThan(0)
        expect(last).toBeLessThanOrEqual(plan.partSize)
        expect(plan.partCount).toBeLessThanOrEqual(store.maxParts)
        expect(plan.partSize).toBeGreaterThanOrEqual(store.minPartBytes)
        expect(plan.partSize).toBeLessThanOrEqual(store.maxPartBytes)
      }),
    )
  })

  it.each([
    ['a file of one part', 10, { partSize: 16 * MIB, partCount: 1 }],
    ['a file that fills its parts', 32 * MIB, { partSize: 16 * MIB, partCount: 2 }],
    ['a byte more', 32 * MIB + 1, { partSize: 16 * MIB, partCount: 3 }],
    ['as many parts as the store takes', 160_000 * MIB, { partSize: 16 * MIB, partCount: 10_000 }],
    ['a byte more than that', 160_000 * MIB + 1, { partSize: 32 * MIB, partCount: 5_001 }],
    ['a terabyte', TIB, { partSize: 112 * MIB, partCount: 9_363 }],
  ])('has round parts for %s', (_, size, plan) => {
    expect(planParts(S3, size)).toEqual(plan)
  })

  it.each([
    ['R2', R2, 5 * TIB - 5 * GIB],
    ['S3', S3, 50_000 * GIB],
    ['Azure', AZURE, 200_000_000 * MIB],
  ])('ends where %s does', (_, store, most) => {
    expect(planParts(store, most)).toBeDefined()
    expect(planParts(store, most + 1)).toBeUndefined()
  })

  it('is none for a file without bytes', () => {
    expect(planParts(S3, 0)).toBeUndefined()
  })
})

describe('part numbers in words', () => {
  it.each([
    ['one', [4], '4'],
    ['neighbours', [1, 2, 3], '1-3'],
    ['both', [1, 3, 4, 9], '1, 3-4, 9'],
  ])('are short for %s', (_, numbers, words) => {
    expect(rangesOf(numbers)).toBe(words)
  })
})
