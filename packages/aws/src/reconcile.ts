import { type Outcome, reconcile } from '@ckan-uplink/core'
import { lambdaLogger as logger } from './logger.ts'
import { partsOfProcess } from './parts.ts'

/** The reconciler, on a schedule: links what was missed. Throws when it can't go through the whole bucket. */
export async function handler(): Promise<void> {
  const deps = await partsOfProcess().createLinkDeps()
  const counts: Partial<Record<Outcome['kind'], number>> = {}
  for await (const { outcome } of reconcile(deps)) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1
  logger.log('info', 'reconciled', counts)
}
