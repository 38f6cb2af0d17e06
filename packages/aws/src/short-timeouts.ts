/** For clients that a function has to wait for: ten seconds at most. */
export const SHORT_TIMEOUTS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const
