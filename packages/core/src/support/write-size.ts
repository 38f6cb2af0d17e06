/** Well below the default time-out of 20 seconds: the next write may take longer, because the dataset has grown. */
const WANTED_MS = 8_000
const MOST = 1_000

/**
 * How many resources the next write of a dataset takes, when CKAN took so long for a write of `count` resources. Never
 * fewer than `first`: a write costs CKAN as much as the dataset is large, so small writes would not be quicker.
 */
export function nextWriteSize(first: number, count: number, milliseconds: number): number {
  return Math.max(first, Math.min(MOST, Math.floor((count * WANTED_MS) / Math.max(1, milliseconds))))
}
