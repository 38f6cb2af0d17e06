import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../src/clouds/log-reader.ts'
import { readInHalves } from '../../src/clouds/read-in-halves.ts'
import { collect } from '../support/collect.ts'

/** A log that gives at most `most` lines in an answer, the newest first. */
function logOf(times: readonly number[], most: number) {
  const lines: readonly LogLine[] = times.map((time, index) => ({ id: `${index}`, at: new Date(time), text: '' }))
  return async ({ from, to }: { readonly from: Date; readonly to: Date }) =>
    lines
      .filter(({ at }) => at >= from && at < to)
      .toSorted((a, b) => b.at.getTime() - a.at.getTime())
      .slice(0, most)
}

async function read(times: readonly number[], most: number, from: number, to: number): Promise<readonly LogLine[]> {
  return collect(readInHalves({ from: new Date(from), to: new Date(to) }, most, logOf(times, most)))
}

describe('reading a period in halves', () => {
  it('gives every line of the period once, the oldest first, for every maximum of an answer', async () => {
    // With fewer lines in a millisecond than in an answer.
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: 2, max: 20 }), fc.nat(5_000), fc.nat(5_000), async (at, most, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const found = (await read(at, most, from, to)).map((line) => line.at.getTime())
        expect(found).toEqual(at.filter((time) => time >= from && time < to).toSorted((x, y) => x - y))
      }),
    )
  })

  it('ends where one millisecond has more lines than an answer', async () => {
    expect(
      await read(
        Array.from({ length: 10 }, () => 7),
        4,
        0,
        1_000,
      ),
    ).toHaveLength(4)
  })
})
