import { setTimeout as sleep } from 'node:timers/promises'
import type { LogLine, LogReader, Program } from '../clouds/log-reader.ts'

const PAUSE_MS = 10_000

interface Following {
  readonly since: Date
  readonly signal: AbortSignal
  readonly pauseMs?: number
}

/** The lines of a log from a time on, each once, and then the lines that arrive, until the signal. */
export async function* followLog(
  { read, lateByMs }: LogReader,
  program: Program,
  { since, signal, pauseMs = PAUSE_MS }: Following,
): AsyncGenerator<LogLine> {
  // The lines that the next look may give again.
  let given = new Map<string, Date>()
  let from = since
  while (!signal.aborted) {
    const to = new Date()
    for await (const line of read(program, { from, to })) {
      if (signal.aborted) return
      if (given.has(line.id)) continue
      given.set(line.id, line.at)
      yield line
    }
    from = new Date(Math.max(since.getTime(), to.getTime() - lateByMs))
    given = new Map([...given].filter(([, at]) => at >= from))
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
}
