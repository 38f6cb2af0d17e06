import { styleText } from 'node:util'

/** Shows each step and its duration: a moving line on a terminal, otherwise plain lines at its start and end. */
export interface Progress {
  /** Runs one step. Its failure is shown and thrown on as a {@link StepFailure}. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>
}

/** Names the failed step. `cause` is its error. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
}

export const createProgress = (out: NodeJS.WriteStream): Progress => {
  const underWay = new Map<string, number>()
  const live = out.isTTY ? createLiveLines(out, underWay) : undefined
  const print = (line: string) => (live ? live.print(line) : out.write(`${line}\n`))

  const begin = (title: string) => {
    underWay.set(title, Date.now())
    if (live) live.draw()
    else out.write(`… ${title}\n`)
  }
  const end = (title: string, mark: string) => {
    const seconds = secondsSince(underWay.get(title) ?? Date.now())
    underWay.delete(title)
    print(`${mark} ${title.padEnd(48)} ${seconds}`)
  }
  return {
    async step(title, work) {
      begin(title)
      try {
        const result = await work()
        end(title, styleText('green', '✓', { stream: out }))
        return result
      } catch (error) {
        end(title, styleText('red', '✗', { stream: out }))
        throw new StepFailure(title, { cause: error })
      }
    },
  }
}

const secondsSince = (startedMs: number): string => `${((Date.now() - startedMs) / 1000).toFixed(1).padStart(6)} s`

const createLiveLines = (out: NodeJS.WriteStream, underWay: ReadonlyMap<string, number>) => {
  let drawn = 0
  const clear = () => {
    if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[J`)
    drawn = 0
  }
  const draw = () => {
    clear()
    for (const [title, startedMs] of underWay) {
      const line = `… ${title.padEnd(48)} ${secondsSince(startedMs)}`
      // A wrapped line would be two lines to clear.
      out.write(`${styleText('dim', line.slice(0, out.columns - 1), { stream: out })}\n`)
    }
    drawn = underWay.size
  }
  const print = (line: string) => {
    clear()
    out.write(`${line}\n`)
    draw()
  }
  setInterval(draw, 200).unref()
  return { draw, print }
}
