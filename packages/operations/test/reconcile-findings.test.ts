import { describe, expect, it } from 'vitest'
import { judge, type Tally, wordsOf } from '../src/commands/reconcile-findings.ts'

describe('a replaced file that a reconciliation removes', () => {
  it.each([
    [false, 'would be removed', 1],
    [true, 'removed', 0],
  ] as const)('is told of, with --fix %s as %s', (fix, words, left) => {
    const tally: Tally = { looked: 0, counts: {}, left: 0 }
    const row = judge(
      { kind: 'removed', key: 'the/key', size: 8, reason: 'Replaced by the-later-one.' },
      { tally, fix },
    )
    expect(row?.cells).toEqual([words, 'the/key', expect.stringContaining('the-later-one')])
    expect([tally.left, wordsOf(tally)]).toEqual([left, '1 removed'])
  })
})
