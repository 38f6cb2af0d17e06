import type { LinkDeps } from '../link/link.ts'
import { reconcileDatasets } from './reconcile-datasets.ts'
import { reconcileFiles, reconcileImages } from './reconcile-objects.ts'
import {
  type Phase,
  RECONCILE_PHASES,
  type ReconcileOptions,
  type ReconcilePosition,
  type ReconcileStep,
} from './reconcile-phase.ts'
import { reconcileRecords } from './reconcile-records.ts'
import { coversAll, trackRecords } from './records-complete.ts'
import { createRemovalDeps } from './removal-deps.ts'

const PHASES: Readonly<Record<ReconcilePosition['phase'], Phase>> = {
  files: reconcileFiles,
  images: reconcileImages,
  records: reconcileRecords,
  datasets: reconcileDatasets,
}

/**
 * Compares the whole bucket with CKAN, and repairs differences. Every object goes through the linker, as if its event
 * came again. Records of uploads whose file never came become `expired`. The run also looks for objects that CKAN
 * points to and that do not exist. It removes withdrawn, replaced and never linked files as the settings say.
 *
 * Does not write what CKAN already shows, and leaves to the next run what it cannot do now. Streams, so that memory
 * does not grow with the bucket. Linkers and other runs may work at the same time. With `dryRun(deps)` it writes
 * nothing. Throws when the bucket or CKAN cannot be listed.
 *
 * @example
 * const { lister, ...deps } = dryRun({ ...linkDeps, lister: datasets })
 * for await (const { finding } of reconcile(deps, { lister })) if (finding) console.log(finding)
 */
export async function* reconcile(deps: LinkDeps, options: ReconcileOptions = {}): AsyncGenerator<ReconcileStep> {
  let start: ReconcilePosition = options.after ?? { phase: 'files', isWhole: coversAll(options) }
  let held: ReconcilePosition | undefined
  let [isBegun, isInVain] = [false, true]
  for await (const step of trackRecords(deps, start, stepsFrom(start, deps, options))) {
    if (step.finding) {
      isBegun = true
      isInVain &&= step.finding.kind === 'object' && step.finding.outcome.kind === 'retry'
    }
    yield { ...step, position: held ?? (isBegun && isInVain ? start : step.position) }
    if (step.finding) continue
    // While CKAN is down, whole batches fail. The next run begins with the first of them.
    if (isBegun && isInVain) held ??= start
    start = step.position
    isBegun = false
    isInVain = true
  }
}

async function* stepsFrom(
  { phase: first, after }: ReconcilePosition,
  deps: LinkDeps,
  options: ReconcileOptions,
): AsyncGenerator<ReconcileStep> {
  const removal = options.lister && createRemovalDeps(deps, options.lister)
  for (const phase of RECONCILE_PHASES.slice(RECONCILE_PHASES.indexOf(first))) {
    yield* PHASES[phase](deps, { ...options, removal }, phase === first ? after : undefined)
  }
}
