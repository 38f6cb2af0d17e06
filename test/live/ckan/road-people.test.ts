import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { inTurns } from '../support/in-turns.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSites } from '../support/sites.ts'

const THEIRS = 'https://data.example.org/theirs.csv'

describe.each(liveSites())('uploads while people work in CKAN $name', (site) => {
  let road: Road
  beforeAll(async () => {
    road = await openRoad(site, { settings: { REMEMBER_PERMISSION_SECONDS: '0' } })
  })
  afterAll(() => road?.close())

  it("keep all of an editor's changes while 50 uploads are linked", async () => {
    const datasets = [await road.newDataset(25), await road.newDataset(25)]
    const resources = datasets.flatMap((dataset) => dataset.resources)
    const tickets = await inTurns(
      8,
      resources.map((id) => () => road.askForUrl(id, { name: 'figures.json' })),
    )
    const editing = new AbortController()
    const edits = Promise.all(
      datasets.map((dataset) => editUntil(editing.signal, dataset.id, dataset.resources.slice(0, 5))),
    )
    try {
      await inTurns(
        4,
        tickets.map(
          ({ url }, index) =>
            () =>
              putByCurl(url, `{"number": ${index}}`),
        ),
      )
      await inTurns(
        8,
        tickets.map((ticket) => () => road.settled(ticket)),
      )
    } finally {
      editing.abort()
    }
    for (const [index, { title, custom }] of (await edits).entries()) {
      const shown = await road.dataset(datasets[index]?.id ?? '')
      expect(shown.title).toBe(title)
      for (const resource of shown.resources) {
        const ticket = tickets.find(({ key }) => key.includes(resource.id))
        expect(resource.custom).toBe(custom.get(resource.id))
        expect(resource).toMatchObject({
          url: expect.stringMatching(new RegExp(`/${ticket?.id}/[0-9a-f]{16}/figures.json$`, 'u')),
          format: 'JSON',
        })
      }
    }
  })

  it('leave a resource alone if its URL was changed after the request for the upload, and say so', async () => {
    const dataset = await road.newDataset()
    const ticket = await road.askForUrl(only(dataset), { name: 'table.csv' })
    await road.act('resource_patch', { id: only(dataset), url: THEIRS, format: 'XLSX' })
    await putByCurl(ticket.url, 'ours')
    await expectTheirs(dataset.resources, ticket)
  })

  it("leave a resource alone if its URL is changed between the linker's read and its write", async () => {
    const dataset = await road.newDataset()
    const ticket = await road.askForUrl(only(dataset), { name: 'table.csv' })
    road.tap.beforeNext('package_revise', () =>
      road.act('resource_patch', { id: only(dataset), url: THEIRS, format: 'XLSX' }),
    )
    await putByCurl(ticket.url, 'ours')
    await expectTheirs(dataset.resources, ticket)
  })

  it('are linked into a dataset that was made private, and only its readers see the file', async () => {
    const dataset = await road.newDataset()
    const ticket = await road.askForUrl(only(dataset), { name: 'table.csv' })
    await road.act('package_patch', { id: dataset.id, private: true })
    await putByCurl(ticket.url, 'ours')
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    const { url } = await road.resource(only(dataset))
    expect((await fetch(url)).status).toBe(403)
    const answer = await fetch(url, { headers: { Authorization: site.tokens.member }, redirect: 'manual' })
    expect(await answer.text()).toBe('ours')
  })

  it('get a URL only for users who may edit the dataset', async () => {
    const dataset = await road.newDataset()
    const { id: user_id } = await road.act('user_show', {}, { token: site.tokens.collaborator })
    await road.act('package_collaborator_create', { id: dataset.id, user_id, capacity: 'editor' }, 'admin')
    const tokens = { ...site.tokens, anonymous: '', revoked: 'revoked' }
    const answers = Object.entries(tokens).map(async ([who, token]) => [
      who,
      (await road.ask('resource_upload', { id: only(dataset) }, token)).status,
    ])
    const expected = {
      admin: 200,
      editor: 200,
      collaborator: 200,
      member: 403,
      outsider: 403,
      anonymous: 403,
      revoked: 403,
    }
    expect(Object.fromEntries(await Promise.all(answers))).toEqual(expected)
    await road.act('package_collaborator_create', { id: dataset.id, user_id, capacity: 'member' }, 'admin')
    expect((await road.ask('resource_upload', { id: only(dataset) }, site.tokens.collaborator)).status).toBe(403)
  })

  async function expectTheirs([id = '']: readonly string[], ticket: Ticket): Promise<void> {
    const reason = expect.stringContaining('was changed in CKAN after this upload was requested')
    expect(await road.settled(ticket)).toMatchObject({ state: 'failed', code: 'changed_in_ckan', reason })
    expect(await road.resource(id)).toMatchObject({ url: THEIRS, format: 'XLSX' })
    expect(road.outcomes(ticket)).toMatchObject([{ outcome: 'ignored' }])
  }

  /** Changes the title and each resource's custom field repeatedly. Returns the last values. */
  async function editUntil(signal: AbortSignal, dataset: string, resources: readonly string[]) {
    const custom = new Map<string, string>()
    let title = ''
    for (let edit = 0; edit < 1000 && (!signal.aborted || custom.size < resources.length); edit += 1) {
      const id = resources[edit % resources.length] ?? ''
      await road.act('package_patch', { id: dataset, title: `Title ${edit}` })
      title = `Title ${edit}`
      await road.act('resource_patch', { id, custom: `Custom ${edit}` })
      custom.set(id, `Custom ${edit}`)
    }
    return { title, custom }
  }
})
