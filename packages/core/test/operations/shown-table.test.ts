import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createShownTable, type ShownVersion } from '../../src/operations/shown-table.ts'

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const shown: fc.Arbitrary<ShownVersion> = fc
  .record({ uploadId: fc.option(fc.uuid({ version: 7 })), version: hex(16), isOpen: fc.boolean() })
  .map(({ uploadId, ...rest }) => ({ ...rest, ...(uploadId !== null && { uploadId }) }))

describe('the table of shown versions', () => {
  it('returns the last entry of each resource, and the first half of its version', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), shown)), (entries) => {
        const table = createShownTable()
        for (const [id, version] of entries) table.set(id, version)
        const last = new Map(entries)
        expect(table.size).toBe(last.size)
        for (const [id, { version, ...rest }] of last)
          expect(table.get(id)).toEqual({ ...rest, version: version.slice(0, 8) })
      }),
    )
  })

  it('keeps apart 100,000 resources while it grows, and knows no others', () => {
    const table = createShownTable()
    const versionAt = (index: number) => index.toString(16).padStart(8, '0')
    for (let index = 0; index < 100_000; index += 1)
      table.set(`resource-${index}`, { version: versionAt(index), isOpen: true })
    expect(table.size).toBe(100_000)
    const wrong = Array.from({ length: 100_000 }, (_, index) => index).filter(
      (index) => table.get(`resource-${index}`)?.version !== versionAt(index) || table.get(`other-${index}`),
    )
    expect(wrong).toEqual([])
  })
})
