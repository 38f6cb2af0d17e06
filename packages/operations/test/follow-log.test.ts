import { describe, expect, it } from 'vitest'
import type { LogLine, LogReader, Period } from '../src/clouds/log-reader.ts'
import { followLog } from '../src/commands/follow-log.ts'

const LATE_BY_MS = 60_000

describe('following a log', () => {
  it('gives each line once, also a line that appears late, until the operator stops', async () => {
    const started = Date.now()
    const lineAt = (id: string, ago: number): LogLine => ({ id, at: new Date(started - ago), text: id })
    const [first, late, next] = [lineAt('first', 1_000), lineAt('late', 30_000), lineAt('next', -10)]
    const looks: readonly (readonly LogLine[])[] = [[first], [late, first], [late, first, next]]
    const periods: Period[] = []
    const stop = new AbortController()
    const reader: LogReader = {
      lateByMs: LATE_BY_MS,
      async *read(_program, period) {
        periods.push(period)
        yield* looks[periods.length - 1] ?? []
      },
    }
    const since = new Date(started - 3_600_000)
    const given: string[] = []
    for await (const { id } of followLog(reader, 'linker', { since, signal: stop.signal, pauseMs: 0 })) {
      given.push(id)
      if (id === 'next') stop.abort()
    }
    expect(given).toEqual(['first', 'late', 'next'])
    expect(periods[0]?.from).toEqual(since)
    // Each look begins before the end of the last one, by the time that a line may take.
    for (const [index, { from }] of periods.slice(1).entries())
      expect(from.getTime()).toBe((periods[index]?.to.getTime() ?? 0) - LATE_BY_MS)
  })
})
