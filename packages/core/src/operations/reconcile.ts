import type { LinkDeps } from '../link/link.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import type { Outcome } from '../notifications/outcome.ts'
import type { DatasetLister } from '../ports/index.ts'
import { reconcileDatasets } from './reconcile-datasets.ts'
import { reconcileFiles, reconcileImages } from './reconcile-objects.ts'
import { reconcileRecords } from './reconcile-records.ts'
import { isOfAll, trackRecords } from './records-complete.ts'
import { type Asker, createAsker } from './removal-asker.ts'

/** What operations on the whole of CKAN take. */
export interface OperationDeps extends LinkDeps {
  readonly lister: DatasetLister
}

export interface ReconcileOptions {
  /** Without it nobody looks for what CKAN points to and isn't there, and no replaced file is removed. */
  readonly lister?: DatasetLister
  /** The id of the only dataset that is looked at, with its files; images and records are left out. */
  readonly dataset?: string
  /** Only objects and records that were put, and datasets that were changed, at that time or later. */
  readonly since?: Date
  /** Only records of uploads that were asked for at that time or later. */
  readonly recordsSince?: Date
  /** Write missing records for what CKAN shows, also of uploads that are older than records have to be kept. */
  readonly restoreRecords?: boolean
  /** Where an earlier run was. */
  readonly after?: ReconcilePosition
}

export const RECONCILE_PHASES = ['files', 'images', 'records', 'datasets'] as const

/** How far a run is; JSON. Given back as `after`, the run goes on behind it. It isn't behind a batch of which nothing could be done. */
export interface ReconcilePosition {
  readonly phase: (typeof RECONCILE_PHASES)[number]
  /** A key, or the id of a dataset. */
  readonly after?: string
  /** Everything before this position was looked at, and no missing record is still to be written there. */
  readonly isWhole?: boolean
}

/** What a run came upon. */
export type Finding =
  /** An object, and what the linker made of it. */
  | { readonly kind: 'object'; readonly event: ObjectEvent; readonly outcome: Outcome }
  /** An object, and what it is for isn't in CKAN, or deleted there. */
  | { readonly kind: 'orphan'; readonly key: string; readonly size: number; readonly reason: string }
  /** A file that was replaced, never linked or withdrawn, for as long as the settings ask for; it was removed. */
  | { readonly kind: 'removed'; readonly key: string; readonly size: number; readonly reason: string }
  /** The record of an upload that was never linked and has no file; it was removed. */
  | { readonly kind: 'record_removed'; readonly uploadId: string; readonly key: string; readonly reason: string }
  /** CKAN points to an object that isn't there. */
  | {
      readonly kind: 'object_gone'
      readonly datasetId: string
      readonly resourceId: string
      readonly url: string
      readonly key: string
      readonly reason: string
      readonly what_to_do: string
    }
  /** A record that waits for nothing, in the state in which it was found; or one that is none, as `unreadable`. */
  | {
      readonly kind: 'stuck_record'
      readonly uploadId: string
      readonly key: string
      readonly state: string
      readonly reason: string
    }

/** A finding, or none where a run says no more than how far it is: after each batch. */
export interface ReconcileStep {
  readonly finding?: Finding
  readonly position: ReconcilePosition
}

export interface PhaseOptions extends ReconcileOptions {
  /** Of the whole run, so that all of CKAN is asked once. Absent: nothing is removed. */
  readonly asker: Asker | undefined
}

export type Phase = (deps: LinkDeps, options: PhaseOptions, after: string | undefined) => AsyncGenerator<ReconcileStep>

const PHASES: Readonly<Record<ReconcilePosition['phase'], Phase>> = {
  files: reconcileFiles,
  images: reconcileImages,
  records: reconcileRecords,
  datasets: reconcileDatasets,
}

/**
 * Finds what was missed, and mends what can be, both ways: every object goes through the same linker, as if its event had come again;
 * records for which nothing came are set to `expired`; and what CKAN points to is looked for. Files that were withdrawn, never linked or
 * replaced are removed as the settings ask for it.
 * What CKAN already shows is not written again; what can't be done now is left to the next run. Streams, so memory doesn't grow with the
 * bucket. Harmless beside linkers and beside another run. With `rehearse(deps)` nothing is written. Throws when bucket or CKAN can't
 * be listed.
 *
 * @example
 * const { lister, ...deps } = rehearse({ ...linkDeps, lister: datasets })
 * for await (const { finding } of reconcile(deps, { lister })) if (finding) console.log(finding)
 */
export async function* reconcile(deps: LinkDeps, options: ReconcileOptions = {}): AsyncGenerator<ReconcileStep> {
  let start: ReconcilePosition = options.after ?? { phase: 'files', isWhole: isOfAll(options) }
  let held: ReconcilePosition | undefined
  let [isBegun, isInVain] = [false, true]
  for await (const step of trackRecords(deps, start, stepsFrom(start, deps, options))) {
    if (step.finding) {
      isBegun = true
      isInVain &&= step.finding.kind === 'object' && step.finding.outcome.kind === 'retry'
    }
    yield { ...step, position: held ?? (isBegun && isInVain ? start : step.position) }
    if (step.finding) continue
    // While CKAN is away nothing comes of whole batches: whoever goes on later begins with the first of them.
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
  const asker = options.lister && createAsker(deps, options.lister)
  for (const phase of RECONCILE_PHASES.slice(RECONCILE_PHASES.indexOf(first))) {
    yield* PHASES[phase](deps, { ...options, asker }, phase === first ? after : undefined)
  }
}
