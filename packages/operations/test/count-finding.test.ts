import { describe, expect, it } from 'vitest'
import { countFinding, summarize, type Tally } from '../src/commands/count-finding.ts'

describe('a replaced file', () => {
  it.each([
    [false, 'would be removed', 1],
    [true, 'removed', 0],
  ] as const)('is reported, with --fix %s as "%s"', (fix, words, left) => {
    const tally: Tally = { looked: 0, counts: {}, left: 0 }
    const row = countFinding(
      { kind: 'removed', key: 'the/key', size: 8, reason: 'Replaced by the-later-one.' },
      { tally, fix },
    )
    expect(row?.cells).toEqual([words, 'the/key', expect.stringContaining('the-later-one')])
    expect([tally.left, summarize(tally)]).toEqual([left, '1 removed'])
  })
})
