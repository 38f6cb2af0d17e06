import { clearLine, cursorTo } from 'node:readline'

/** How far a long command is, on a line of its own that comes and goes; only on a terminal. */
export interface StatusLine {
  show(words: string): void
  /** Before anything else is printed. */
  clear(): void
}

const EVERY_MS = 100

export function createStatusLine(stream: NodeJS.WriteStream = process.stderr): StatusLine {
  let shownAt = Number.NEGATIVE_INFINITY
  const clear = () => {
    if (!stream.isTTY) return
    cursorTo(stream, 0)
    clearLine(stream, 0)
  }
  return {
    show(words) {
      if (!stream.isTTY || performance.now() - shownAt < EVERY_MS) return
      shownAt = performance.now()
      clear()
      stream.write(words.slice(0, stream.columns - 1))
    },
    clear,
  }
}
