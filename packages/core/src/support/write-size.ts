/** Well below the default time-out of 20 seconds: the next write may take longer, because the dataset has grown. */
const WANTED_MS = 8_000
const FEWEST = 50
const MOST = 1_000

/** How many resources the next write of a dataset takes, when CKAN took so long for a write of `count` resources. */
export function nextWriteSize(count: number, milliseconds: number): number {
  return Math.max(FEWEST, Math.min(MOST, Math.floor((count * WANTED_MS) / Math.max(1, milliseconds))))
}
