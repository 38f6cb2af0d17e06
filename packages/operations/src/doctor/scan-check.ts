import { messageOf } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import { MINUTE_MS } from '@ckan-uplink/core/support'
import { type WaitingFile, waitingFiles } from '@ckan-uplink/core/uploads'
import type { CloudAccess } from '../clouds/cloud-access.ts'
import { type Check, right, wrong } from './check.ts'

type Bucket = Pick<CloudAccess, 'platformScanner'> & {
  readonly store: Pick<CloudAccess['store'], 'list' | 'get' | 'head'>
}

const TOO_LONG_MS = 15 * MINUTE_MS

/** Checks that a scanner is at work. Without a scanner there is nothing to check. */
export function scanChecks(bucket: Bucket, { scanner }: Pick<Settings, 'scanner'>): readonly Check[] {
  if (scanner === undefined) return []
  return [
    {
      name: 'virus scanner',
      adviceOnError: 'Check that your credentials may list and read uplink/scans/ in the bucket.',
      async run() {
        const { count, first } = await countWaiting(bucket.store)
        const waiting = count === 1 ? '1 file waits' : `${count} files wait`
        const waitsMs = first ? Date.now() - first.since.getTime() : 0
        if (first === undefined || waitsMs < TOO_LONG_MS) return right(count === 0 ? 'no file waits' : waiting)
        return wrong(
          `${waiting}, the longest for ${Math.round(waitsMs / MINUTE_MS)} minutes.`,
          scanner === 'platform' ? await platformAdvice(bucket, first) : START_THE_SCANNER,
        )
      },
    },
  ]
}

interface Waiting {
  readonly count: number
  /** The file that waits longest. */
  readonly first: WaitingFile | undefined
}

async function countWaiting(store: Bucket['store']): Promise<Waiting> {
  let count = 0
  let first: WaitingFile | undefined
  for await (const file of waitingFiles(store)) {
    count += 1
    if (first === undefined || file.since < first.since) first = file
  }
  return { count, first }
}

const START_THE_SCANNER =
  'Start the scanner: npm run uplink -- scan run --watch. Its output names files that it cannot scan.'

/** Looks at the tag of the file that waits longest, to find the missing part. */
async function platformAdvice({ store, platformScanner }: Bucket, { key }: WaitingFile): Promise<string> {
  if (platformScanner === undefined) return 'This bucket has no scanner of its own: set scanner to clamav, and deploy.'
  const { name } = platformScanner
  try {
    const object = await store.head(key)
    if (object === undefined) return `The file ${key} is gone: the next nightly reconciliation stops waiting for it.`
    return (await platformScanner.verdictOn(object)) === undefined
      ? `${name} has not tagged ${key}: check that it is on for this bucket and prefix, and that it may tag objects.`
      : `${name} has tagged ${key}, but the linker does not know: deploy, so that its events reach the linker. The next nightly reconciliation links the file.`
  } catch (error) {
    return `The tags of ${key} cannot be read: ${messageOf(error)}`
  }
}
