import type { Dataset } from '../../src/index.ts'
import type { DatasetLister } from '../../src/operations/index.ts'
import { CKAN_TIME, type TableCatalog } from './table-catalog.ts'

/** The datasets of a table as CKAN's search lists them, without deleted ones. Records every call. */
export function createTableLister(catalog: TableCatalog): DatasetLister & { readonly calls: unknown[] } {
  const calls: unknown[] = []
  return {
    calls,
    async *datasets(options = {}) {
      calls.push(options)
      const datasets = [...Map.groupBy(catalog.all(), ({ datasetId }) => datasetId)].sort()
      for (const [id, resources] of datasets) {
        const dataset: Dataset = {
          id,
          state: 'active',
          private: false,
          resources,
          readAt: CKAN_TIME,
          ...catalog.override.dataset,
        }
        if (id > (options.after ?? '') && dataset.state !== 'deleted') yield dataset
      }
    },
  }
}
