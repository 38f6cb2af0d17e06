import type { LogLine, Period } from './log-reader.ts'

/**
 * Reads a period of a log that gives at most `most` lines in an answer: a period with more lines is read in halves. So
 * no line is lost, and the memory is bounded. Of one millisecond it reads `most` lines.
 */
export async function* readInHalves<Line extends LogLine>(
  { from, to }: Period,
  most: number,
  ask: (period: Period) => Promise<readonly Line[]>,
): AsyncGenerator<Line> {
  if (from >= to) return
  const lines = await ask({ from, to })
  const middle = new Date(Math.floor((from.getTime() + to.getTime()) / 2))
  if (lines.length < most || middle <= from) {
    yield* lines.toSorted((a, b) => a.at.getTime() - b.at.getTime())
    return
  }
  yield* readInHalves({ from, to: middle }, most, ask)
  yield* readInHalves({ from: middle, to }, most, ask)
}
