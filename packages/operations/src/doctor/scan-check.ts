import type { ObjectStore } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import { MINUTE_MS } from '@ckan-uplink/core/support'
import { waitingFiles } from '@ckan-uplink/core/uploads'
import { type Check, right, wrong } from './check.ts'

const TOO_LONG_MS = 15 * MINUTE_MS

/** Checks that a scanner is at work. Without a scanner there is nothing to check. */
export function scanChecks(
  store: Pick<ObjectStore, 'list' | 'get'>,
  { scanner }: Pick<Settings, 'scanner'>,
): readonly Check[] {
  if (scanner === undefined) return []
  return [
    {
      name: 'virus scanner',
      adviceOnError: 'Check that your credentials may list and read uplink/scans/ in the bucket.',
      async run() {
        let [count, longestMs] = [0, 0]
        for await (const { since } of waitingFiles(store)) {
          count += 1
          longestMs = Math.max(longestMs, Date.now() - since.getTime())
        }
        const waiting = count === 1 ? '1 file waits' : `${count} files wait`
        if (longestMs < TOO_LONG_MS) return right(count === 0 ? 'no file waits' : waiting)
        return wrong(
          `${waiting}, the longest for ${Math.round(longestMs / MINUTE_MS)} minutes.`,
          'Start the scanner: npm run uplink -- scan run --watch. Its output names files that it cannot scan.',
        )
      },
    },
  ]
}
