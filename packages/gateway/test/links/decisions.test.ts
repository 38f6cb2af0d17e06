import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../src/actions/index.ts'
import { DATASET_ID, EDITOR, OWNER_ORG, PUBLIC_ID, resource } from '../support/gateway-fixture.ts'
import { signGrant } from '../support/sign-grant.ts'
import { startLinks } from '../support/start-links.ts'

const EMMA = { sub: 'emma', uid: 'emma', dataset: DATASET_ID }

/** What CKAN's plugin states before a list or a refusal. */
const toDecide = (claims: object = {}) =>
  signGrant({ claims: { resource: undefined, scope: 'decide', ...EMMA, ...claims } })

/** What CKAN's plugin states once CKAN has the resource. */
const toAccept = (claims: object) => {
  const shown = { url: '', last_modified: null, format: '', owner_org: OWNER_ORG }
  return signGrant({ claims: { scope: 'accept', ...EMMA, ...shown, ...claims } })
}

async function startWithFiles(place: object = {}, settings: object = {}) {
  const gateway = startLinks(settings)
  const link = await gateway.create(place)
  const files = [await gateway.deliver(link), await gateway.deliver(link)] as const
  for (const { id } of files) await gateway.arrive(id)
  gateway.calls.length = gateway.plugin.asked.length = 0
  return { ...gateway, files }
}

describe('a decision that CKAN’s plugin states for a person', () => {
  it('lists the files of the dataset, of a resource, or one file, and CKAN is asked nothing', async () => {
    const { act, files, calls, plugin } = await startWithFiles()
    const [first, second] = files
    const list = async (claims: object, place: object = { dataset: DATASET_ID }) => {
      const { body } = await act('upload_proposals', place, toDecide(claims))
      return body.result.proposals.map(({ upload }: { upload: { id: string } }) => upload.id)
    }
    expect(await list({})).toEqual([first.id, second.id])
    expect(await list({ upload: second.id })).toEqual([second.id])
    expect(await list({ resource: first.resource }, { resource: first.resource })).toEqual([first.id])
    expect([calls.filter((call) => call !== 'signDownload'), plugin.asked]).toEqual([[], []])
  })

  it('shows no upload of another dataset', async () => {
    const { act, files } = await startWithFiles()
    for (const upload of [files[0].id, '../../links/all/x', 'no-such-upload']) {
      const other = { dataset: 'another-dataset', upload }
      const { body } = await act('upload_proposals', { dataset: other.dataset }, toDecide(other))
      expect(body.result).toEqual({ proposals: [], next: null })
    }
  })

  it('accepts one file for the resource that CKAN has made, as this person', async () => {
    const { act, files, recordOf, store, calls, logged } = await startWithFiles()
    const [{ id, resource: target }] = files
    const { status } = await act('upload_accept', { id }, toAccept({ upload: id, resource: target }))
    expect(status).toBe(200)
    expect(recordOf(id)).toMatchObject({ state: 'issued', previous_url: '', previous_last_modified: null })
    expect(recordOf(id)).not.toHaveProperty('held')
    expect(store.keys().filter((key) => key.includes(`/uplink-calls/${id}.`))).toHaveLength(1)
    expect(calls).not.toContain('addResources')
    const by = { fields: expect.objectContaining({ upload: id, by: 'emma' }) }
    expect(logged).toContainEqual(expect.objectContaining({ event: 'upload_accepted', ...by }))
  })

  it('notes what CKAN showed of a resource, whose file it replaces', async () => {
    const { act, files, recordOf } = await startWithFiles({ dataset: undefined, resource: PUBLIC_ID })
    const [{ id }] = files
    const shown = { url: 'https://example.org/now.csv', last_modified: '2026-01-31T10:00:00', format: 'CSV' }
    const accepting = toAccept({ upload: id, resource: PUBLIC_ID, ...shown })
    expect((await act('upload_accept', { id }, accepting)).status).toBe(200)
    expect(recordOf(id)).toMatchObject({ previous_url: shown.url, previous_last_modified: shown.last_modified })
  })

  it('is refused without room in the quota', async () => {
    const { act, files, time, store } = await startWithFiles({}, { quotaFiles: 2 })
    time.now = new Date(time.now.getTime() + 8 * 86_400_000)
    await store.put(`uplink/quotas/${OWNER_ORG}/used.json`, new TextEncoder().encode('{"bytes":1,"files":2}'))
    const [{ id, resource: target }] = files
    const now = Math.floor(time.now.getTime() / 1000)
    const accepting = toAccept({ upload: id, resource: target, iat: now, exp: now + 60 })
    expect((await act('upload_accept', { id }, accepting)).body.error.quota[0]).toContain('may have 2 files and has 2')
  })

  it('refuses one file for a reason', async () => {
    const { act, files, recordOf } = await startWithFiles()
    const [{ id }] = files
    const asked = { id, reason: 'It has the wrong year.' }
    expect((await act('upload_refuse', asked, toDecide({ upload: id }))).status).toBe(200)
    expect(recordOf(id)).toMatchObject({ state: 'withdrawn', withdrawn: { by: 'emma', reason: asked.reason } })
  })

  it('decides about no other file, dataset or resource, and not for another purpose', async () => {
    const { act, files, recordOf, resources } = await startWithFiles()
    resources.set(PUBLIC_ID, resource(PUBLIC_ID))
    const [{ id, resource: target }, other] = files
    const refuse = { id, reason: 'No.' }
    const attempts: readonly (readonly [string, object, string])[] = [
      ['upload_refuse', refuse, toDecide()],
      ['upload_refuse', refuse, toDecide({ upload: other.id })],
      ['upload_refuse', refuse, toDecide({ upload: id, dataset: 'another-dataset' })],
      ['upload_refuse', refuse, toAccept({ upload: id, resource: target })],
      ['upload_accept', { id }, toDecide({ upload: id })],
      ['upload_accept', { id }, toAccept({ upload: other.id, resource: target })],
      ['upload_accept', { id }, toAccept({ upload: id, resource: target, dataset: 'another-dataset' })],
      ['upload_accept', { id }, toAccept({ upload: id, resource: PUBLIC_ID })],
      ['upload_proposals', { dataset: 'another-dataset' }, toDecide()],
      ['upload_proposals', { resource: PUBLIC_ID }, toDecide()],
    ]
    for (const [action, fields, statement] of attempts)
      expect([action, (await act(action, fields, statement)).status]).toEqual([action, 403])
    for (const file of files) expect(recordOf(file.id)).toMatchObject({ state: 'proposed', held: 'proposed' })
  })

  it('is no token and no grant for other actions', async () => {
    const { act, files } = await startWithFiles()
    const [{ id, resource: target }] = files
    const mine = ['upload_proposals', 'upload_refuse', 'upload_accept']
    const others = ACTIONS.map(({ name }) => name).filter((name) => !mine.includes(name))
    for (const statement of [toDecide({ upload: id }), toAccept({ upload: id, resource: target })])
      for (const action of [...others, 'package_show'])
        expect([action, (await act(action, { id }, statement)).status]).toEqual([action, 403])
  })

  it('leaves the right of a token as it is', async () => {
    const { act, files } = await startWithFiles()
    expect((await act('upload_accept', { id: files[0].id }, EDITOR)).status).toBe(200)
  })
})
