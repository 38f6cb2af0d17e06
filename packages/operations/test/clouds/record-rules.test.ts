import { describe, expect, it } from 'vitest'
import { judgeRecordRules } from '../../src/clouds/record-rules.ts'

describe('a lifecycle rule that deletes objects', () => {
  it.each([
    ['uplink/uploads/0', 'wrong'],
    ['uplink/uploads/', 'wrong'],
    ['uplink/', 'wrong'],
    ['', 'wrong'],
    ['uplink/parts/', 'right'],
    ['resources/', 'right'],
  ])('below %j is %s', (prefix, state) => {
    expect(judgeRecordRules([{ name: 'some-rule', prefix }], 'Deploy.')).toMatchObject({ state })
  })

  it('is named in the result, with advice', () => {
    const rules = ['one', 'two'].map((name) => ({ name, prefix: '' }))
    expect(judgeRecordRules(rules, 'Deploy.')).toMatchObject({
      found: expect.stringContaining('one, two'),
      what_to_do: 'Deploy.',
    })
    expect(judgeRecordRules([], 'Deploy.')).toMatchObject({ state: 'right' })
  })
})
