/** The calls to CKAN and their times. */
export interface Meter {
  readonly fetch: typeof fetch
  /** The number of calls whose action has this ending. */
  calls(ending: RegExp): number
  /** The maximum of simultaneous calls. */
  readonly atOnce: () => number
  /** Seconds in which at least one call was in progress. */
  readonly busySeconds: () => number
}

/** Measures the calls through its `fetch`. */
export function createMeter(): Meter {
  const actions: string[] = []
  let inFlight = 0
  let most = 0
  let busyMs = 0
  let busySince = 0
  const enter = (): void => {
    if (inFlight === 0) busySince = performance.now()
    inFlight += 1
    most = Math.max(most, inFlight)
  }
  const leave = (): void => {
    inFlight -= 1
    if (inFlight === 0) busyMs += performance.now() - busySince
  }
  return {
    calls: (ending) => actions.filter((action) => ending.test(action)).length,
    atOnce: () => most,
    busySeconds: () => busyMs / 1000,
    async fetch(input, init) {
      actions.push(String(input).split('/').at(-1) ?? '')
      enter()
      try {
        const response = await fetch(input, init)
        // The call ends with the last byte of its answer.
        return new Response(await response.arrayBuffer(), response)
      } finally {
        leave()
      }
    },
  }
}
