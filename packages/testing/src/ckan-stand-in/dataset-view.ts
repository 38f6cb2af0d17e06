import type { Call } from './call.ts'
import { copyJson, type Fields } from './json.ts'
import type { DatasetRow, ResourceRow, State } from './state.ts'

/** A dataset as `package_show` gives it, resources included. A copy: changing it changes nothing. */
export function showDataset(call: Pick<Call, 'state' | 'siteUrl'>, dataset: DatasetRow): Fields {
  const resources = liveResources(dataset)
  return copyJson({
    ...dataset.columns,
    id: dataset.id,
    creator_user_id: dataset.creatorUserId,
    isopen: false,
    license_title: dataset.columns['license_id'] ?? null,
    metadata_created: dataset.metadataCreated,
    metadata_modified: dataset.metadataModified,
    num_resources: resources.length,
    num_tags: dataset.tags.length,
    organization: showOwner(call.state, dataset.ownerOrg),
    owner_org: dataset.ownerOrg === '' ? null : dataset.ownerOrg,
    private: dataset.private,
    state: dataset.state,
    type: 'dataset',
    extras: [...dataset.extras],
    groups: [],
    resources: resources.map((resource, position) => showResource(call.siteUrl, dataset.id, resource, position)),
    tags: dataset.tags.map((name) => ({ display_name: name, name, state: 'active', vocabulary_id: null })),
    relationships_as_object: [],
    relationships_as_subject: [],
  })
}

/** The resources that aren't deleted, in order. */
export function liveResources(dataset: DatasetRow): readonly ResourceRow[] {
  return dataset.resources.filter((resource) => resource.state === 'active')
}

function showResource(siteUrl: string, datasetId: string, resource: ResourceRow, position: number): Fields {
  const { columns, extras } = resource
  return {
    ...columns,
    ...extras,
    id: resource.id,
    created: resource.created,
    metadata_modified: resource.metadataModified,
    package_id: datasetId,
    position: resource.position ?? position,
    state: resource.state,
    url: shownUrl(siteUrl, datasetId, resource),
  }
}

/** An upload is shown as CKAN's own download URL, an address without a scheme with `http://`. */
function shownUrl(siteUrl: string, datasetId: string, { id, columns }: ResourceRow): string {
  const url = typeof columns['url'] === 'string' ? columns['url'] : ''
  if (columns['url_type'] === 'upload')
    return `${siteUrl}/dataset/${datasetId}/resource/${id}/download/${mungeFileName(url)}`
  return url === '' || /^[a-z][a-z0-9+.-]*:/iu.test(url) ? url : `http://${url.replace(/^\/+/u, '')}`
}

/** A file name as CKAN's store writes it: lower case, plain letters, blanks as hyphens. */
function mungeFileName(name: string): string {
  return lastSegment(name)
    .toLowerCase()
    .trim()
    .replace(/[^a-z0-9_. -]/gu, '')
    .replace(/[ -]+/gu, '-')
    .slice(0, 100)
}

/** The text after the last slash. */
export function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function showOwner(state: State, id: string): Fields | null {
  const group = state.groups[id]
  if (group === undefined) return null
  const { name, title, description, created } = group
  return {
    id,
    name,
    title,
    type: 'organization',
    description,
    image_url: group.imageUrl,
    created,
    is_organization: true,
    approval_status: 'approved',
    state: 'active',
  }
}
