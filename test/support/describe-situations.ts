import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScene, type Subject } from './scene.ts'
import { type Ending, SITUATIONS } from './situations.ts'

interface Row {
  readonly situation: string
  readonly outcome: string
  readonly record: string
}

const PAGE = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8')

/** The rows of the page's table of situations, without back-quotes. */
const ROWS: readonly Row[] = PAGE.slice(PAGE.indexOf('| situation |'))
  .split('\n\n', 1)
  .flatMap((table) => table.trim().split('\n').slice(2))
  .map((line) => line.replaceAll('`', '').split('|'))
  .map(([, situation = '', outcome = '', record = '']) => ({
    situation: situation.trim(),
    outcome: outcome.trim(),
    record: record.trim(),
  }))

/** Tests each row of the table in `docs/testing.md` on a CKAN. */
export function describeSituations(name: string, start: () => Promise<Subject>): void {
  describe(`the outcome of an upload, on ${name}`, { timeout: 60_000 }, () => {
    let subject: Subject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject?.close())

    it('has a row on the page for every situation', () => {
      expect(ROWS.map(({ situation }) => situation)).toEqual(Object.keys(SITUATIONS))
    })

    it.each(ROWS)('$situation: $outcome', async ({ situation, outcome, record }) => {
      const scene = createScene(subject)
      try {
        const ending = await SITUATIONS[situation]?.(scene)
        expect(ending?.outcome?.kind).toBe(outcome)
        expect(wordsOf(ending?.record)).toMatch(patternOf(record))
      } finally {
        await scene.close()
      }
    })
  })
}

function wordsOf(record: Ending['record']): string {
  if (record === undefined) return 'no record'
  return record.reason === undefined ? record.state : `${record.state}: ${record.reason}`
}

/** `…` in the page stands for anything. */
function patternOf(words: string): RegExp {
  const parts = words.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'su')
}
