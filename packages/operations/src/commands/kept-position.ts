import { openStateFile } from '@ckan-uplink/cli'
import type { ReconcilePosition } from '@ckan-uplink/core'

const EVERY_MS = 1000

/** How far a run is, kept over interruptions and crashes. */
export interface KeptPosition {
  /** Where an earlier run of the same command was cut short. */
  read(): Promise<ReconcilePosition | undefined>
  /** Written once a second at most; `now`: at once. */
  keep(position: ReconcilePosition, how?: 'now'): Promise<void>
  forget(): Promise<void>
}

/** That of the command which `run` tells from all others. */
export function keptPosition(run: object): KeptPosition {
  const file = openStateFile<ReconcilePosition>('reconcile', run)
  let keptAt = Number.NEGATIVE_INFINITY
  return {
    read: file.read,
    async keep(position, how) {
      if (how !== 'now' && performance.now() - keptAt < EVERY_MS) return
      keptAt = performance.now()
      await file.write(position)
    },
    forget: file.remove,
  }
}
