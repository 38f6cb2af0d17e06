import { UnavailableError, UplinkError } from '@ckan-uplink/core'
import { backOff } from '@ckan-uplink/core/support'

const MAX_ATTEMPTS = 8
const LONGEST_DELAY_MS = 30_000
const LONGEST_ASKED_MS = 300_000

/** When to retry after a failed attempt. */
export interface RetryOptions {
  /**
   * Delay before the second attempt. It doubles for each further attempt up to 30 s, and is randomly cut by up to half.
   */
  readonly firstDelayMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a task up to eight times while it fails with a retryable error. Throws the last failure, or the signal's reason.
 */
export async function retrying<T>(
  { firstDelayMs, signal }: RetryOptions,
  run: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted()
    try {
      return await run(attempt)
    } catch (thrown) {
      signal?.throwIfAborted()
      if (attempt === MAX_ATTEMPTS || !(thrown instanceof UplinkError && thrown.retryable)) throw thrown
      await sleep(
        Math.max(askedMs(thrown), backOff(firstDelayMs, attempt, { longest: LONGEST_DELAY_MS, jitter: 0.5 })),
        signal,
      )
    }
  }
}

/** Waits. Rejects with the signal's reason as soon as the signal is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    if (signal?.aborted) wake()
    else signal?.addEventListener('abort', wake)
  })
}

function askedMs(thrown: UplinkError): number {
  const seconds = thrown instanceof UnavailableError ? (thrown.retryAfterSeconds ?? 0) : 0
  return Math.min(LONGEST_ASKED_MS, seconds * 1000)
}
