import { checkToken, createCkanClient } from '@ckan-uplink/ckan'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { only } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSitesNamed } from '../support/sites.ts'

const HEADER = 'X-CKAN-API-Key'

describe.each(liveSitesNamed('2.11-files', '2.12'))(`CKAN $name with ${HEADER} as its apitoken_header_name`, (site) => {
  let road: Road
  let resource: string
  beforeAll(async () => {
    road = await openRoad(site, { settings: { CKAN_TOKEN_HEADER: HEADER } })
    resource = only(await road.newDataset())
    await restartCkan(site.name, { apitoken_header_name: HEADER })
  })
  afterAll(async () => {
    await restartCkan(site.name)
    await road?.close()
  })

  it('links an upload of a caller who knows only Authorization', async () => {
    const ticket = await road.askForUrl(resource, { name: 'table.csv' })
    await putByCurl(ticket.url, 'a\n1\n')
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    const shown = await fetch(`${site.url}/api/3/action/resource_show?id=${resource}`)
    const url = expect.stringMatching(`/${ticket.id}/[0-9a-f]{16}/table\\.csv$`)
    expect(await shown.json()).toMatchObject({ result: { url } })
  })

  it('reports a service token in another header, and the check names the setting', async () => {
    const checkWith = (tokenHeader: string) =>
      checkToken(createCkanClient({ url: site.url, tokenHeader, concurrency: 1, timeoutMs: 20_000 }), site.tokens.admin)
    await expect(checkWith('Authorization')).rejects.toThrow(`set CKAN_TOKEN_HEADER to ${HEADER}`)
    expect(await checkWith(HEADER)).toContain('sysadmin')
  })
})
