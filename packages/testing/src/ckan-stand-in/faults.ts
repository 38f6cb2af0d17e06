/** What a fault does instead of, or besides, the answer. */
export type FaultEffect =
  | 'cut'
  /** Delays the answer until the promise resolves. */
  | { readonly wait: () => Promise<unknown> }
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }

export interface Fault {
  /** The actions it strikes; all of them when absent. */
  readonly action?: string | RegExp
  /**
   * `before` the action has done anything (the default), or `after` it took effect. A delay before a write holds the
   * dataset's lock.
   */
  readonly when?: 'before' | 'after'
  /** `cut` breaks the connection; a status is answered with a body of HTML unless told otherwise. */
  readonly effect: FaultEffect
  /** How often it strikes; always when absent. */
  readonly times?: number
}

/** Makes the stand-in fail on purpose, and counts the requests to it. */
export interface Faults {
  /**
   * Faults strike in the order in which they were added; waits add up, the first other effect wins. The result takes
   * the fault away again.
   */
  add(fault: Fault): () => void
  /** Calls of an action, or of all, since the start or the last reset. */
  calls(action?: string | RegExp): number
  /** The most calls that were under way at once. */
  maxInFlight(): number
  /** No faults, all counts at zero. */
  reset(): void
}

/** The stand-in's own side of `Faults`. */
export interface FaultDesk extends Faults {
  /** Counts a call; the result is to be called when it is over. */
  enter(action: string): () => void
  /** The faults that strike now, each used up once. */
  strike(action: string, when: 'before' | 'after'): readonly FaultEffect[]
}

export function createFaults(): FaultDesk {
  let faults: { fault: Fault; left: number }[] = []
  let counts = new Map<string, number>()
  let inFlight = 0
  let most = 0
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
      faults.push(entry)
      return () => {
        faults = faults.filter((other) => other !== entry)
      }
    },
    calls: (action) => [...counts].reduce((sum, [name, count]) => sum + (matches(action, name) ? count : 0), 0),
    maxInFlight: () => most,
    reset() {
      faults = []
      counts = new Map()
      most = inFlight
    },
    enter(action) {
      counts.set(action, (counts.get(action) ?? 0) + 1)
      inFlight += 1
      most = Math.max(most, inFlight)
      return () => {
        inFlight -= 1
      }
    },
    strike(action, when) {
      const struck = faults.filter(
        ({ fault, left }) => left > 0 && (fault.when ?? 'before') === when && matches(fault.action, action),
      )
      for (const entry of struck) entry.left -= 1
      return struck.map(({ fault }) => fault.effect)
    },
  }
}

function matches(wanted: string | RegExp | undefined, action: string): boolean {
  if (wanted instanceof RegExp) return wanted.test(action)
  return wanted === undefined || wanted === action
}
