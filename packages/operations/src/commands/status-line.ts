import { clearLine, cursorTo } from 'node:readline'

/**
 * One line on the terminal that shows the progress of a long command. Prints nothing if the output is not a terminal.
 */
export interface StatusLine {
  show(words: string): void
  /** Call this before other output. */
  clear(): void
}

const UPDATE_INTERVAL_MS = 100

export function createStatusLine(stream: NodeJS.WriteStream = process.stderr): StatusLine {
  let shownAt = Number.NEGATIVE_INFINITY
  const clear = () => {
    if (!stream.isTTY) return
    cursorTo(stream, 0)
    clearLine(stream, 0)
  }
  return {
    show(words) {
      if (!stream.isTTY || performance.now() - shownAt < UPDATE_INTERVAL_MS) return
      shownAt = performance.now()
      clear()
      stream.write(words.slice(0, stream.columns - 1))
    },
    clear,
  }
}
