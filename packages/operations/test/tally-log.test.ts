import { expect, it } from 'vitest'
import { createTally } from '../src/commands/tally-log.ts'

it('figures count thousands of different reasons in bounded memory', () => {
  const tally = createTally()
  for (let each = 0; each < 5_000; each += 1)
    tally.add(JSON.stringify({ event: 'outcome', outcome: 'parked', reason: `Resource ${each} was deleted.` }))
  const { outcomes, parked, seconds } = tally.figures()
  expect([outcomes, parked[0], parked.length]).toEqual([{ parked: 5_000 }, { text: 'others', times: 4_000 }, 10])
  expect(seconds).toBeUndefined()
})

it('figures leave out lines that are not those of ckan-uplink', () => {
  const tally = createTally()
  for (const text of ['START RequestId: 1', 'null', '[]', '7', '{"outcome":"linked"}']) tally.add(text)
  expect(tally.figures()).toEqual({ requested: 0, outcomes: {}, waiting: [], parked: [], failures: [] })
})
