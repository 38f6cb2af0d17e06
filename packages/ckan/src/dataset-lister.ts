import { NotAllowedError, UnavailableError } from '@ckan-uplink/core'
import type { DatasetLister } from '@ckan-uplink/core/operations'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import { isSysadmin } from './checks.ts'
import type { CkanClient } from './ckan-client.ts'
import { misshapen, toDataset } from './datasets.ts'

/** A page is held in memory; the site's `ckan.search.rows_max` may make it smaller. */
const PAGE_SIZE = 100
const HIDDEN =
  "The CKAN token is not a sysadmin's, and CKAN hides datasets from others: give a sysadmin's where files are to be removed."

/**
 * The datasets that CKAN's search index has for this token's user, in the order of their ids: for a sysadmin all that are active
 * or drafts, private ones too. Deleted ones are there only on a site that keeps them in the index.
 * https://docs.ckan.org/en/latest/maintaining/configuration.html#ckan-search-remove-deleted-packages
 *
 * The index may lag behind what `package_show` says. Pages follow one another by ids, so that nothing is passed over when datasets come
 * or go meanwhile. Throws what the client throws, `TokenInvalidError`, `NotAllowedError` as the port says, and `UnavailableError` when CKAN
 * gives other pages than were asked for, or none of the datasets that it counts and `complete` asks for.
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

/** A search by a token that CKAN doesn't know isn't refused, but is anybody's. */
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

/** The id behind which the next page begins; `undefined`: this was the last page. */
function nextOf(found: readonly unknown[], count: number): string | undefined {
  const shown = found.length < count ? found.at(-1) : undefined
  const id = isObject(shown) ? shown['id'] : undefined
  return typeof id === 'string' ? id : undefined
}

function requireAny(ckanUrl: string, count: number, found: readonly unknown[]): void {
  if (count === 0 || found.length > 0) return
  throw new UnavailableError(
    `${ckanUrl} counts ${count} more datasets in package_search and shows none of them: rebuild its search index.`,
  )
}

function outOfOrder(ckanUrl: string): UnavailableError {
  return new UnavailableError(
    `${ckanUrl} answered package_search with datasets that were listed before: see which plugin changes what is searched for.`,
  )
}
