/** A time limit for CKAN that stands still while the client is waited for. */
export interface Patience {
  readonly signal: AbortSignal
  /** The limit begins from the start, unless it has ended. */
  begin(): void
  pause(): void
  end(): void
}

export function createPatience(limitMs: number): Patience {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const pause = () => clearTimeout(timer)
  const begin = () => {
    pause()
    if (isOver) return
    timer = setTimeout(() => controller.abort(new Error(`CKAN gave no answer for ${limitMs} ms.`)), limitMs)
  }
  begin()
  return {
    signal: controller.signal,
    begin,
    pause,
    end() {
      isOver = true
      pause()
    },
  }
}
