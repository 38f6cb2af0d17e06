import type { LinkDeps } from '../link/link.ts'
import type { DatasetLister } from '../ports/index.ts'

/** The dependencies of operations on all of CKAN. */
export interface OperationDeps extends LinkDeps {
  readonly lister: DatasetLister
}
