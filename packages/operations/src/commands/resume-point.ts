import { openStateFile } from '@ckan-uplink/cli'
import type { ReconcilePosition } from '@ckan-uplink/core/operations'
import { DAY_MS } from '@ckan-uplink/core/support'

const WRITE_INTERVAL_MS = 1000
/** A resumed run does not see objects that were added before its position since the first run began. */
const MAX_AGE_MS = DAY_MS

interface SavedPosition {
  readonly position: ReconcilePosition
  /** When the run began. */
  readonly since: string
}

/** The position of a run in a file, so that the next run can continue after Ctrl-C or a crash. */
export interface ResumePoint {
  /** The position at which the same command stopped, if that run began less than a day ago. */
  read(): Promise<SavedPosition | undefined>
  /** Writes at most once per second, unless `when` is `now`. */
  save(position: ReconcilePosition, when?: 'now'): Promise<void>
  remove(): Promise<void>
}

/** The resume point of one command: `run` holds the options that distinguish it from other runs. */
export function openResumePoint(run: object): ResumePoint {
  const file = openStateFile<SavedPosition>('reconcile', run)
  let since = new Date().toISOString()
  let savedAt = Number.NEGATIVE_INFINITY
  return {
    async read() {
      const saved = await file.read()
      if (saved === undefined || !(Date.now() - Date.parse(saved.since) < MAX_AGE_MS)) return undefined
      since = saved.since
      return saved
    },
    async save(position, when) {
      if (when !== 'now' && performance.now() - savedAt < WRITE_INTERVAL_MS) return
      savedAt = performance.now()
      await file.write({ position, since })
    },
    remove: file.remove,
  }
}
