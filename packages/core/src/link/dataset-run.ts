import type { Catalog, Clock, ObjectStore, PlatformScanner, ResourceChange, ResourceFields } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { Limiter } from '../support/limiter.ts'
import type { Inspector } from './inspect.ts'
import type { Result } from './result.ts'
import type { FileCandidate, Upload } from './upload.ts'

export interface DatasetLinker extends Inspector {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'head' | 'sha256' | 'get' | 'put' | 'remove'>
  readonly catalog: Pick<Catalog, 'readDataset' | 'findDataset' | 'revise'>
  readonly clock: Pick<Clock, 'now'>
  readonly limitStore: Limiter
  readonly platformScanner?: PlatformScanner | undefined
}

/** The state of linking the uploads of one dataset, over all rounds. */
export interface DatasetRun {
  readonly linker: DatasetLinker
  readonly datasetId: string
  /** How many times the run may still follow a resource into another dataset. */
  readonly moves: number
  readonly results: Map<Upload, Result>
  /** URLs that this run has tried to write. When CKAN shows one of them, the outcome is `linked`, not `unchanged`. */
  readonly attempted: Set<string>
  /** Resources that CKAN refused in a common write. The run now writes each of them separately. */
  readonly alone: Set<string>
}

/** The fields to write to one resource, and the uploads that depend on the write. */
export interface Change extends ResourceChange {
  readonly fields: ResourceFields
  readonly winner: FileCandidate
  /** Whether a loader can make a table of the file. */
  readonly isLoadable: boolean
  readonly losers: readonly (readonly [Upload, Result])[]
}

export function settleAll(run: DatasetRun, uploads: readonly Upload[], result: Result): void {
  for (const upload of uploads) run.results.set(upload, result)
}
