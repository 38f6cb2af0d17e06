/** Options of clients that a function waits for: it waits at most ten seconds. */
export const SHORT_TIMEOUTS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const
