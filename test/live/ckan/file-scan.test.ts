import { type CkanSubject, describeAuthorizer } from '@ckan-uplink/testing/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { only } from '../../support/ckan-calls.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSitesNamed } from '../support/sites.ts'

/** Each site's name of the setting, and the action that lists a resource's files. */
const NAMES = {
  '2.11-files': { setting: 'ckanext.files.owner.scan_as_update', action: 'files_file_scan' },
  '2.12': { setting: 'ckan.files.owner.scan_as_update', action: 'file_owner_scan' },
} as const

// These sites have a plugin that lists a resource's files to its readers. The setting decides whether CKAN asks it.
const CASES = liveSitesNamed('2.11-files', '2.12').flatMap((site) =>
  [true, false].map((asUpdate) => ({ site, asUpdate, title: `CKAN ${site.name}, scan_as_update ${asUpdate}` })),
)

describe.each(CASES)('upload URLs from $title', ({ site, asUpdate, title }) => {
  const { setting, action } = NAMES[site.name as keyof typeof NAMES]
  let road: Road
  beforeAll(async () => {
    await restartCkan(site.name, { [setting]: String(asUpdate) })
    road = await openRoad(site)
  })
  afterAll(async () => {
    await road?.close()
    await restartCkan(site.name)
  })

  it('are for users who may revise the dataset, regardless of the right to list its files', async () => {
    const id = only(await road.newDataset())
    const statuses = async (ask: (token: string) => Promise<{ readonly status: number }>) => {
      const answers = ['admin', 'editor', 'member', 'outsider'] as const
      return Promise.all(answers.map(async (who) => (await ask(site.tokens[who])).status))
    }
    const scan = (token: string) =>
      fetch(`${site.url}/api/3/action/${action}?owner_type=resource&owner_id=${id}`, {
        headers: { Authorization: token },
      })
    expect(await statuses(scan)).toEqual(asUpdate ? [200, 200, 403, 403] : [200, 200, 200, 200])
    expect(await statuses((token) => road.ask('resource_upload', { id }, token))).toEqual([200, 200, 403, 403])
  })

  describeAuthorizer(title, async (): Promise<CkanSubject> => ({ ...site, close: async () => {} }))
})
