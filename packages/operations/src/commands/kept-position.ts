import { openStateFile } from '@ckan-uplink/cli'
import type { ReconcilePosition } from '@ckan-uplink/core/operations'
import { DAY_MS } from '@ckan-uplink/core/support'

const EVERY_MS = 1000
/** What was put since a run was cut short may lie before its position. */
const MAX_AGE_MS = DAY_MS

interface Kept {
  readonly position: ReconcilePosition
  /** When the run began. */
  readonly since: string
}

/** How far a run is, kept over interruptions and crashes. */
export interface KeptPosition {
  /** Where an earlier run of the same command was cut short, if it began within a day. */
  read(): Promise<Kept | undefined>
  /** Written once a second at most; `now`: at once. */
  keep(position: ReconcilePosition, how?: 'now'): Promise<void>
  forget(): Promise<void>
}

/** That of the command which `run` tells from all others. */
export function keptPosition(run: object): KeptPosition {
  const file = openStateFile<Kept>('reconcile', run)
  let since = new Date().toISOString()
  let keptAt = Number.NEGATIVE_INFINITY
  return {
    async read() {
      const kept = await file.read()
      if (kept === undefined || !(Date.now() - Date.parse(kept.since) < MAX_AGE_MS)) return undefined
      since = kept.since
      return kept
    },
    async keep(position, how) {
      if (how !== 'now' && performance.now() - keptAt < EVERY_MS) return
      keptAt = performance.now()
      await file.write({ position, since })
    },
    forget: file.remove,
  }
}
