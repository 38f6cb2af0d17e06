import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testFilestore } from '../support/filestore.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSitesNamed } from '../support/sites.ts'

describe.each(liveSitesNamed('2.12'))('the FileStore API before CKAN $name', (site) => {
  let road: Road
  beforeAll(async () => {
    road = await openRoad(site, { settings: { FILESTORE_API: 'true' } })
  })
  afterAll(() => road?.close())

  testFilestore(() => ({ gateway: road.gateway, token: site.tokens.editor, open: fetch }))

  it('is closed to a user who may create no dataset, as CKAN says', async () => {
    const headers = { Authorization: site.tokens.outsider }
    expect((await fetch(`${road.gateway}/api/storage/auth/form/a.csv`, { headers })).status).toBe(403)
  })

  it('gives the linker nothing to do', () => {
    expect(road.logs.filter((line) => line.includes('filestore/') && line.includes('outcome'))).toEqual([])
  })
})
