import { messageOf } from '../errors.ts'
import { canonicalFormat, isTabular } from '../file-identity/file-types.ts'
import type { Catalog, Dataset, Logger, Resource, ResourceFields } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { Upload } from './upload.ts'

interface Shown {
  readonly resource: Resource
  readonly dataset: Pick<Dataset, 'readAt'>
  /** Whether this run has tried to write the file. */
  readonly written: boolean
}

type ViewSettings = Pick<Settings, 'defaultViews' | 'ckanTimeoutMs'>

/**
 * The resource after the write, when it needs default views: CKAN creates them only in `resource_create` and
 * `resource_update`. As in CKAN, a file needs them when it is the first of its resource, or when the format changes. In
 * all other cases, a person may have deleted a view on purpose.
 */
export function needsViewsAfter(
  settings: ViewSettings,
  before: Resource,
  fields: ResourceFields,
): { readonly needsViews?: Resource } {
  const { url_type: urlType, last_modified: lastModified, ...rest } = fields
  const after: Resource = { ...before, ...rest, urlType, lastModified }
  const isNew = before.url === '' || canonicalFormat(before.format) !== canonicalFormat(after.format)
  return needsViews(settings, after, isNew)
}

/**
 * The resource that CKAN already shows with this file, when the answer to the write was lost, or when the linker that
 * wrote it ended before it wrote the record. While that linker may be at work, two calls could create the same view
 * twice. Only a first file is known from the record.
 */
export function needsViewsStill(
  settings: ViewSettings,
  { resource, dataset, written }: Shown,
  { stored: { record, etag } }: Pick<Upload, 'stored'>,
): { readonly needsViews?: Resource } {
  const isUnfinished = etag !== undefined && record.linked === undefined && record.previous_url === ''
  const age = dataset.readAt.getTime() - Date.parse(`${resource.lastModified}Z`)
  return needsViews(settings, resource, isUnfinished && (written || age > settings.ckanTimeoutMs))
}

/** CKAN chooses views by the format. Views of tables show the DataStore, so the loader creates them. */
function needsViews(
  { defaultViews }: ViewSettings,
  resource: Resource,
  isExpected: boolean,
): { readonly needsViews?: Resource } {
  const { format } = resource
  return defaultViews && isExpected && format !== '' && !isTabular(canonicalFormat(format))
    ? { needsViews: resource }
    : {}
}

/** The file is linked, with or without views. So a failure only goes to the log. */
export async function createViews(
  { catalog, logger }: { readonly catalog: Pick<Catalog, 'createViews'>; readonly logger: Logger },
  resource: Resource,
): Promise<void> {
  try {
    const views = await catalog.createViews(resource)
    if (views > 0) logger.log('info', 'views_created', { resource: resource.id, views })
  } catch (error) {
    logger.log('warn', 'views_not_created', { resource: resource.id, reason: messageOf(error) })
  }
}
