import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, type ObjectStore } from '@ckan-uplink/core'
import { type ScanDeps, scanFile } from '@ckan-uplink/core/operations'
import { backOff, createRecentMap, inBatches } from '@ckan-uplink/core/support'
import { type Verdict, type WaitingFile, waitingFiles } from '@ckan-uplink/core/uploads'
import { NoClamdError } from './clamd.ts'

/** What became of one file. */
export type Scanned = { readonly file: WaitingFile } & (
  | { readonly verdict: Verdict }
  | { readonly failure: string; readonly isFatal: boolean }
)

/** clamd scans ten streams at the same time if its configuration does not say otherwise. */
const AT_ONCE = 4
const PAUSE_MS = 10_000
const LONGEST_MS = 3_600_000
const MAX_REMEMBERED = 10_000

interface Options {
  /** Goes on with the files that arrive, until the signal. */
  readonly watch: boolean
  readonly signal: AbortSignal
  readonly pauseMs?: number
}

/**
 * Scans all files that wait. With `watch`, a file whose scan failed comes again later and later. A scanner that is not
 * reachable ends the round.
 */
export async function* scanWaiting(
  deps: ScanDeps & { readonly store: Pick<ObjectStore, 'list'> },
  { watch, signal, pauseMs = PAUSE_MS }: Options,
): AsyncGenerator<Scanned> {
  const failures = createRecentMap<{ readonly count: number; readonly notBefore: number }>(MAX_REMEMBERED)
  const isDue = ({ id }: WaitingFile) => (failures.get(id)?.notBefore ?? 0) <= deps.clock.now().getTime()
  do {
    for await (const scanned of scanOnce(deps, isDue, signal)) {
      const { id } = scanned.file
      const count = 'failure' in scanned ? (failures.get(id)?.count ?? 0) + 1 : 0
      const pause = count === 0 ? 0 : backOff(pauseMs, count, { longest: LONGEST_MS })
      failures.set(id, { count, notBefore: deps.clock.now().getTime() + pause })
      yield scanned
    }
    if (watch) await sleep(pauseMs, undefined, { signal }).catch(() => {})
  } while (watch && !signal.aborted)
}

async function* scanOnce(
  deps: ScanDeps & { readonly store: Pick<ObjectStore, 'list'> },
  isDue: (file: WaitingFile) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Scanned> {
  for await (const files of inBatches(waitingFiles(deps.store), AT_ONCE)) {
    if (signal.aborted) return
    const scans = files.filter(isDue).map((file) => scanOne(deps, file))
    const scanned = (await Promise.all(scans)).flat()
    yield* scanned
    if (scanned.some((one) => 'failure' in one && one.isFatal)) return
  }
}

async function scanOne(deps: ScanDeps, file: WaitingFile): Promise<readonly Scanned[]> {
  try {
    const verdict = await scanFile(deps, file)
    return verdict === undefined ? [] : [{ file, verdict }]
  } catch (error) {
    return [{ file, failure: messageOf(error), isFatal: error instanceof NoClamdError }]
  }
}
