import { type Clock, UnavailableError } from '@ckan-uplink/core'

/** Runs a task, or fails at once while the circuit is open. */
type CircuitBreaker = <T>(task: () => Promise<T>) => Promise<T>

/**
 * Opens the circuit after `failuresToOpen` tasks in a row that ended in `UnavailableError`. While it is open, tasks
 * fail without running, except one task every `openMs`. A task that succeeds, or that fails with any other error,
 * closes the circuit, because then CKAN has answered.
 */
export function createCircuitBreaker(options: {
  readonly name: string
  readonly failuresToOpen: number
  readonly openMs: number
  readonly clock: Clock
}): CircuitBreaker {
  const { name, failuresToOpen, openMs, clock } = options
  let failures = 0
  let openUntilMs = 0
  let lastFailure = ''

  function admit(): void {
    if (failures < failuresToOpen) return
    const nowMs = clock.now().getTime()
    const waitMs = openUntilMs - nowMs
    if (waitMs > 0) {
      throw new UnavailableError(
        `${name} failed ${failures} times in a row, so it gets no calls for a moment. The last failure: ${lastFailure}`,
        {
          retryAfterSeconds: Math.ceil(waitMs / 1000),
          details: { fault: 'circuit_open' },
        },
      )
    }
    openUntilMs = nowMs + openMs
  }

  function note(thrown: unknown): void {
    failures = thrown instanceof UnavailableError ? failures + 1 : 0
    if (thrown instanceof UnavailableError) lastFailure = thrown.message
    if (failures >= failuresToOpen) openUntilMs = clock.now().getTime() + openMs
  }

  return async (task) => {
    admit()
    try {
      const result = await task()
      failures = 0
      return result
    } catch (thrown) {
      note(thrown)
      throw thrown
    }
  }
}
