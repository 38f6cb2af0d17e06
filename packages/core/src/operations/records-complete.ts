import type { LinkDeps } from '../link/link.ts'
import { uploadKeyOf } from '../uploads/image-keys.ts'
import { RECORDS_COMPLETE_KEY } from '../uploads/serving.ts'
import { recordIdOf, recordKey } from '../uploads/upload-record.ts'
import type { Finding } from './finding.ts'
import type { ReconcileOptions, ReconcilePosition, ReconcileStep } from './reconcile-phase.ts'

/** Whether a run covers the whole bucket and writes missing records. */
export function coversAll({ dataset, since, restoreRecords }: ReconcileOptions): boolean {
  return restoreRecords === true && dataset === undefined && since === undefined
}

/**
 * Marks each position with whether everything before it is done. At the end of a complete run, writes the note that
 * every linked file has a record.
 */
export async function* trackRecords(
  deps: LinkDeps,
  start: ReconcilePosition,
  steps: AsyncIterable<ReconcileStep>,
): AsyncGenerator<ReconcileStep> {
  let isWhole = start.isWhole === true
  for await (const step of steps) {
    isWhole &&= step.finding === undefined || !(await lacksRecord(deps, step.finding))
    yield isWhole ? { ...step, position: { ...step.position, isWhole } } : step
  }
  if (isWhole) await noteRecordsComplete(deps)
}

/** Whether the linker has to retry an object that may need a record. */
async function lacksRecord({ settings, store }: LinkDeps, finding: Finding): Promise<boolean> {
  if (finding.kind !== 'object' || finding.outcome.kind !== 'retry') return false
  const upload = uploadKeyOf(settings.keyPrefix, finding.event.key)
  if (upload === undefined) return false
  const record = store.head(recordKey(recordIdOf(upload))).catch(() => undefined)
  return (await record) === undefined
}

/** From now on, a file without a record was never linked. */
async function noteRecordsComplete({ store, clock }: LinkDeps): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify({ version: 1, at: clock.now().toISOString() }))
  await store.put(RECORDS_COMPLETE_KEY, bytes, { contentType: 'application/json', onlyIf: 'absent' })
}
