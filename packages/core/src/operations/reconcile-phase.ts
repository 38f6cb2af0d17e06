import type { LinkDeps } from '../link/link.ts'
import type { DatasetLister } from '../ports/index.ts'
import type { Finding } from './finding.ts'
import type { RemovalDeps } from './removal-deps.ts'

export interface ReconcileOptions {
  /** Without it the run does not look for missing objects, and removes no file. */
  readonly lister?: DatasetLister
  /** The id of the only dataset to look at, with its files. The run leaves out images and records. */
  readonly dataset?: string
  /** Only objects and records that were put, and datasets that were changed, at that time or later. */
  readonly since?: Date
  /** Only records of uploads that were requested at that time or later. */
  readonly recordsSince?: Date
  /**
   * For how long the run may list all datasets before it looks at files. It then asks CKAN for the others one by one.
   */
  readonly listForMs?: number
  /** Write missing records of uploads that CKAN shows, also of uploads whose record may have been removed by age. */
  readonly restoreRecords?: boolean
  /** The position of an earlier run. */
  readonly after?: ReconcilePosition
}

export const RECONCILE_PHASES = ['files', 'images', 'records', 'datasets'] as const

/**
 * The progress of a run; JSON. A run that gets it as `after` continues behind it. A batch in which nothing could be
 * done is not part of the progress.
 */
export interface ReconcilePosition {
  readonly phase: (typeof RECONCILE_PHASES)[number]
  /** A key, or the id of a dataset. */
  readonly after?: string
  /** The run has looked at everything before this position, and no record is missing there. */
  readonly isWhole?: boolean
}

/** A finding with the position; or the position alone, after each batch. */
export interface ReconcileStep {
  readonly finding?: Finding
  readonly position: ReconcilePosition
}

export interface PhaseOptions extends ReconcileOptions {
  /** Shared by the whole run, so that it reads all datasets only once. Absent: the run removes nothing. */
  readonly removal: RemovalDeps | undefined
}

export type Phase = (deps: LinkDeps, options: PhaseOptions, after: string | undefined) => AsyncGenerator<ReconcileStep>
