import { describe, expect, it } from 'vitest'
import { toHumanLine } from '../src/human-log.ts'

const KEY = 'resources/api_uploads/x'

function outcome(fields: object): string | undefined {
  return toHumanLine(JSON.stringify({ level: 'info', event: 'outcome', key: KEY, ...fields }))
}

describe('toHumanLine', () => {
  it.each([
    [{ outcome: 'linked', url: 'http://x/y' }, 'linked', 'http://x/y'],
    [{ outcome: 'superseded', by: 'later-id' }, 'superseded', 'by later-id'],
    [{ outcome: 'ignored', reason: 'changed by a person' }, 'ignored', 'changed by a person'],
    [{ outcome: 'retry', afterSeconds: 30, cause: 'CKAN is down' }, 'again', 'in 30 s: CKAN is down'],
    [{ outcome: 'parked', reason: 'no such resource' }, 'parked', 'no such resource'],
  ])('shows the outcome of an upload: %o', (fields, word, fact) => {
    expect(outcome(fields)).toContain(`${word} `)
    expect(outcome(fields)).toContain(KEY)
    expect(outcome(fields)).toContain(fact)
  })

  it('hides outcomes without a change, and lines of level info', () => {
    expect(outcome({ outcome: 'unchanged' })).toBeUndefined()
    expect(toHumanLine('{"level":"info","event":"upload_issued"}')).toBeUndefined()
  })

  it('keeps warnings, and lines that are not JSON', () => {
    expect(toHumanLine('{"level":"warn","event":"record_left","upload":"x"}')).toBe(
      '  ! warn: record_left {"upload":"x"}',
    )
    expect(toHumanLine('Error: something broke')).toBe('Error: something broke')
    expect(toHumanLine('null')).toBe('null')
  })
})
