/** A quarter of CKAN's default time-out: a larger dataset makes the next write slower. */
const WANTED_MS = 5_000
const FEWEST = 50
const MOST = 1_000

/** How many resources the next write of a dataset takes, when CKAN took so long for a write of `count` resources. */
export function nextWriteSize(count: number, milliseconds: number): number {
  return Math.max(FEWEST, Math.min(MOST, Math.floor((count * WANTED_MS) / Math.max(1, milliseconds))))
}
