import { NotAllowedError, UnavailableError } from '@ckan-uplink/core'
import type { DatasetLister } from '@ckan-uplink/core/operations'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import { isSysadmin } from './checks.ts'
import type { CkanClient } from './ckan-client.ts'
import { misshapen, toDataset } from './datasets.ts'

/** One page is kept in memory. The site's `ckan.search.rows_max` may make it smaller. */
const PAGE_SIZE = 100
const HIDDEN =
  'The CKAN token does not belong to a sysadmin, and CKAN hides datasets from other users: to remove files, use the token of a sysadmin.'

/**
 * Lists datasets from CKAN's search index, ordered by id. A sysadmin's token sees all active datasets and drafts,
 * private datasets included. Deleted datasets are listed only on sites that keep them in the index.
 * https://docs.ckan.org/en/latest/maintaining/configuration.html#ckan-search-remove-deleted-packages
 *
 * The index may lag behind `package_show`. Each page begins after the last id of the previous page, so that the list
 * skips no dataset when others appear or disappear. Throws the client's errors, `TokenInvalidError`, and
 * `NotAllowedError` as the port describes. Throws `UnavailableError` when CKAN repeats a page, and when CKAN, with
 * `complete`, counts datasets but shows none of them.
 */
export function createDatasetLister(client: CkanClient, { token }: { readonly token: string }): DatasetLister {
  return {
    async *datasets({ after, since, complete } = {}) {
      await checkRights(client, token, complete)
      let last = after
      for (;;) {
        const { result, date } = await client.call('package_search', queryFor(last, since), token, { retry: true })
        const { count, found } = pageOf(result)
        if (complete) requireAny(client.url, count, found)
        for (const shown of found) yield toDataset(shown, date)
        const next = nextOf(found, count)
        if (next === undefined) return
        if (last !== undefined && next <= last) throw outOfOrder(client.url)
        last = next
      }
    },
  }
}

/** CKAN does not refuse a search with an unknown token; it answers as to an anonymous user. */
async function checkRights(client: CkanClient, token: string, complete = false): Promise<void> {
  if (!(await isSysadmin(client, token)) && complete) throw new NotAllowedError(HIDDEN)
}

function queryFor(after: string | undefined, since: Date | undefined): JsonObject {
  const filters = [
    ...(after === undefined ? [] : [`+id:{"${after.replaceAll(/["\\]/gu, '\\$&')}" TO *]`]),
    ...(since === undefined ? [] : [`+metadata_modified:["${since.toISOString()}" TO *]`]),
  ]
  const wanted = { include_private: true, include_drafts: true, include_deleted: true }
  return { q: '*:*', sort: 'id asc', rows: PAGE_SIZE, ...wanted, ...(filters.length > 0 && { fq: filters.join(' ') }) }
}

function pageOf(result: unknown): { readonly count: number; readonly found: readonly unknown[] } {
  const { count, results } = isObject(result) ? result : {}
  if (typeof count !== 'number' || !Array.isArray(results)) throw misshapen('package_search')
  return { count, found: results }
}

/** The id after which the next page begins; `undefined` after the last page. */
function nextOf(found: readonly unknown[], count: number): string | undefined {
  const shown = found.length < count ? found.at(-1) : undefined
  const id = isObject(shown) ? shown['id'] : undefined
  return typeof id === 'string' ? id : undefined
}

function requireAny(ckanUrl: string, count: number, found: readonly unknown[]): void {
  if (count === 0 || found.length > 0) return
  throw new UnavailableError(
    `${ckanUrl} counts ${count} more datasets in package_search but shows none of them: rebuild its search index.`,
  )
}

function outOfOrder(ckanUrl: string): UnavailableError {
  return new UnavailableError(
    `${ckanUrl} repeated datasets in its answers to package_search: check which plugin changes the search.`,
  )
}
