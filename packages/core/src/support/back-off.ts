/**
 * The delay before the attempt after `attempt`: `first`, doubled with each attempt, at most `longest`. `jitter` is the
 * share of the delay that is random, so that clients do not retry at the same moment.
 */
export function backOff(
  first: number,
  attempt: number,
  { longest = Number.POSITIVE_INFINITY, jitter = 0 }: { readonly longest?: number; readonly jitter?: number },
): number {
  return Math.min(longest, first * 2 ** (attempt - 1)) * (1 - jitter + jitter * Math.random())
}
