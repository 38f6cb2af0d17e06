/** What CKAN was asked, and how long it took to answer. */
export interface Meter {
  readonly fetch: typeof fetch
  /** Calls whose action ends so. */
  calls(ending: RegExp): number
  /** The most calls that were under way at once. */
  readonly atOnce: () => number
  /** Seconds in which at least one call was under way. */
  readonly busySeconds: () => number
}

/** Watches the calls that go through its `fetch`. */
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
        // The call isn't over before its whole answer is there.
        return new Response(await response.arrayBuffer(), response)
      } finally {
        leave()
      }
    },
  }
}
