import { type FetchedFile, fetchWithToken } from '../fetch-with-token.ts'
import { findDataset, showDataset } from '../show-dataset.ts'
import type { Work } from '../work.ts'
import type { ChosenFile } from './choose-files.ts'
import { permitFor } from './permitted-hosts.ts'
import type { ShownDataset } from './shown.ts'

/** CKAN as a source of files. */
export interface Portal {
  /** The given datasets, or all that the caller may see. */
  datasets(ids: readonly string[]): AsyncGenerator<ShownDataset, void>
  show(dataset: string): Promise<ShownDataset>
  /** `undefined` for a dataset that is gone. */
  find(dataset: string): Promise<ShownDataset | undefined>
  fetch(file: ChosenFile, method?: 'GET' | 'HEAD'): Promise<FetchedFile>
}

export async function openPortal(work: Work, hosts: readonly string[]): Promise<Portal> {
  const { gateway, uplink, tokenHeaders, signal } = work
  const { site_url: site } = await uplink.action<{ readonly site_url: string }>('status_show', {}, { signal })
  const own = [gateway, site].map((address) => new URL(address).origin)
  const show = (id: string) => showDataset<ShownDataset>(id, work)
  return {
    show,
    find: (id) => findDataset<ShownDataset>(id, work),
    async *datasets(ids) {
      for (const id of ids) yield await show(id)
      if (ids.length === 0)
        yield* uplink.datasets({ drafts: true, signal }) as AsyncIterable<unknown> as AsyncIterable<ShownDataset>
    },
    fetch(file, method = 'GET') {
      const permit = permitFor(file, { own, hosts })
      return fetchWithToken(file.url, { own: file.from === 'store' ? own : [], tokenHeaders, signal, method, permit })
    },
  }
}
