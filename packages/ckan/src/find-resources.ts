import type { Resource } from '@ckan-uplink/core'
import { isObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'
import { toDataset } from './datasets.ts'

const MOST_DATASETS = 100

/**
 * Finds resources whose URL contains the text. Searches with wildcards in `res_url`, a field of CKAN's search schema
 * that is not split into words.
 */
export async function findResources(client: CkanClient, token: string, text: string): Promise<readonly Resource[]> {
  const query = {
    q: '*:*',
    fq: `+res_url:*${text.replaceAll(/[^0-9A-Za-z]/gu, '\\$&')}*`,
    rows: MOST_DATASETS,
    include_private: true,
    include_drafts: true,
  }
  const { result, date } = await client.call('package_search', query, token, { retry: true })
  const found = isObject(result) && Array.isArray(result['results']) ? result['results'] : []
  return found.flatMap((shown) => toDataset(shown, date).resources).filter(({ url }) => url.includes(text))
}
