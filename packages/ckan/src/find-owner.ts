import { isObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'

/**
 * Finds the organization of a dataset in the search index. `resource_show` does not return it, and `package_show` also
 * returns all resources. The index counts datasets by `owner_org`, so a search for one dataset with no rows returns
 * only the id of its organization.
 */
export async function findOwner(
  client: CkanClient,
  token: string,
  dataset: { readonly id: string } | { readonly name: string },
): Promise<string | undefined> {
  const [field, value] = 'id' in dataset ? ['id', dataset.id] : ['name', dataset.name]
  const query = {
    fq: `+${field}:"${value.replaceAll(/["\\]/gu, '\\$&')}"`,
    rows: 0,
    'facet.field': ['owner_org'],
    include_private: true,
    include_drafts: true,
  }
  try {
    const { result } = await client.call('package_search', query, token)
    return onlyOwner(result)
  } catch {
    return undefined
  }
}

function onlyOwner(result: unknown): string | undefined {
  const { facets } = isObject(result) ? result : {}
  const { owner_org: counts } = isObject(facets) ? facets : {}
  const owners = isObject(counts) ? Object.keys(counts) : []
  return owners.length === 1 ? owners[0] : undefined
}
