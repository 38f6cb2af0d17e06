import type { Dataset } from './catalog.ts'

/** The datasets of a CKAN as a sysadmin sees them, private ones and drafts included. Throws as `Catalog` does. */
export interface DatasetLister {
  /**
   * Streams datasets in the order of their ids, beginning after the id `after`. With `since`, only datasets that were
   * changed at that time or later. The list is a hint: it may lag behind, and CKAN omits datasets that are deleted and
   * not yet purged. With `complete`, throws `NotAllowedError` unless the token is a sysadmin's, because CKAN hides
   * datasets from other users, and `UnavailableError` when CKAN counts datasets that it does not show.
   */
  datasets(options?: {
    readonly after?: string
    readonly since?: Date
    readonly complete?: boolean
  }): AsyncIterable<Dataset>
}
