import type { Catalog, Clock, ObjectStore, ResourceChange } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { Limiter } from '../support/limiter.ts'
import type { Inspector } from './inspect.ts'
import type { Result } from './result.ts'
import type { Candidate, Upload } from './upload.ts'

export interface DatasetLinker extends Inspector {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'head' | 'sha256' | 'get' | 'put' | 'remove'>
  readonly catalog: Pick<Catalog, 'readDataset' | 'findDataset' | 'revise'>
  readonly clock: Pick<Clock, 'now'>
  readonly limitStore: Limiter
}

/** Uploads of one dataset on their way, over all rounds. */
export interface DatasetRun {
  readonly linker: DatasetLinker
  readonly datasetId: string
  /** How often a resource may yet turn out to be in another dataset. */
  readonly moves: number
  readonly results: Map<Upload, Result>
  /** What this run has tried to write: shown by CKAN after all, it is linked and not merely unchanged. */
  readonly attempted: Set<string>
  /** Resources that CKAN refused among others: written by themselves from now on. */
  readonly alone: Set<string>
}

/** What is to be written to one resource. */
export interface Change extends ResourceChange {
  readonly winner: Candidate
  /** Whether anybody may read the file. */
  readonly isPublic: boolean
  readonly losers: readonly (readonly [Upload, Result])[]
}

export function settleAll(run: DatasetRun, uploads: readonly Upload[], result: Result): void {
  for (const upload of uploads) run.results.set(upload, result)
}
