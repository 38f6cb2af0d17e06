/** A time limit for CKAN that pauses while the gateway waits for the client. */
export interface Patience {
  readonly signal: AbortSignal
  /** Starts the limit from zero, unless it has ended. */
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
    timer = setTimeout(() => controller.abort(new Error(`CKAN did not answer for ${limitMs} ms.`)), limitMs)
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
