import { randomUUID } from 'node:crypto'
import { createCkanClient } from '@ckan-uplink/ckan'
import { createUplink } from '@ckan-uplink/client'
import type { Site } from '../ckan/sites.ts'
import { type Cost, medianCost } from './cost.ts'
import { withLocalOn } from './local-on.ts'

const TIMES = 5

/**
 * Measures a user's first and later requests for an upload URL in a dataset with this number of resources. The later
 * ones come within a minute.
 */
export async function measureAgain(
  site: Site,
  resources: number,
): Promise<{ readonly first: Cost; readonly later: Cost }> {
  const client = createCkanClient({ url: site.url, concurrency: 1, timeoutMs: 60_000 })
  const name = `bench-${randomUUID()}`
  const files = Array.from({ length: resources }, (_, index) => ({ name: `${index}.csv`, url: '' }))
  const { result } = await client.call<{ resources: { id: string }[] }>(
    'package_create',
    { name, owner_org: site.organization, resources: files },
    site.tokens.admin,
  )
  try {
    return await withLocalOn(site, async ({ gateway, measure }) => {
      const uplink = createUplink({ gateway, token: site.tokens.editor })
      const ask = (): Promise<unknown> =>
        uplink.action('resource_upload', { id: result.resources[0]?.id, name: 'data.csv' })
      const first = await measure(ask)
      const later: Cost[] = []
      for (let time = 0; time < TIMES; time += 1) later.push(await measure(ask))
      return { first, later: medianCost(later) }
    })
  } finally {
    await client.call('dataset_purge', { id: name }, site.tokens.admin)
  }
}
