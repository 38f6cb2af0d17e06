import type { Resource } from '@ckan-uplink/core'
import { createRecentMap } from '@ckan-uplink/core/support'

/** What a call of CKAN's Action API returns. */
type Act = (action: string, params: object) => Promise<unknown>

const REMEMBERED_MS = 600_000
/**
 * When CKAN created no view of a format, by its address and the format. No action of CKAN returns the views that a site
 * creates by default, so each process finds out, and calls CKAN for such a format once in ten minutes.
 */
const withoutView = createRecentMap<number>(1000)

/**
 * Calls `resource_create_default_resource_views` for one resource. The action for a whole dataset would also create
 * views that people have deleted from other resources. With `package`, CKAN does not read the dataset again.
 * https://docs.ckan.org/en/latest/api/#ckan.logic.action.create.resource_create_default_resource_views
 */
export async function createDefaultViews(
  act: Act,
  ckanUrl: string,
  { id, datasetId, format, url, urlType, lastModified, ...rest }: Resource,
  now: Date,
): Promise<number> {
  const key = `${ckanUrl} ${format}`
  if (now.getTime() - (withoutView.get(key) ?? 0) < REMEMBERED_MS) return 0
  const { metadataModified: _, ...facts } = rest
  const resource = { ...facts, id, package_id: datasetId, format, url, url_type: urlType, last_modified: lastModified }
  const created = await act('resource_create_default_resource_views', {
    resource,
    package: { id: datasetId, resources: [resource] },
  })
  if (Array.isArray(created) && created.length > 0) return created.length
  // The resource may have had its views already.
  const views = await act('resource_view_list', { id })
  if (Array.isArray(views) && views.length === 0) withoutView.set(key, now.getTime())
  return 0
}
