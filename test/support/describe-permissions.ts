import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type CkanAccess, type CkanCalls, createCkanCalls, only } from './ckan-calls.ts'
import { startGateway } from './gateway-before-ckan.ts'

/** How long the gateway remembers CKAN's permission, in front of a CKAN. */
export function describePermissions(name: string, open: () => Promise<CkanAccess & { close(): Promise<void> }>): void {
  describe(`the permission to update a dataset of ${name}`, { timeout: 60_000 }, () => {
    let site: Awaited<ReturnType<typeof open>>
    let ckan: CkanCalls
    let elsewhere: Answer
    beforeAll(async () => {
      site = await open()
      ckan = createCkanCalls(site)
      elsewhere = await ckan.act('organization_create', { name: `uplink-${crypto.randomUUID()}` }, 'admin')
    })
    afterAll(async () => {
      await ckan?.purge()
      if (elsewhere !== undefined) await ckan.act('organization_purge', { id: elsewhere.id }, 'admin')
      await site?.close()
    })

    const countIn = (calls: readonly string[], wanted: string) => calls.filter((action) => action === wanted).length
    /** The editor loses the right. */
    const takeAway = (id: string) => ckan.act('package_patch', { id, owner_org: elsewhere.id }, 'admin')

    it('is asked once for many URLs in a minute, and again after it', async () => {
      const { act, pass, calls } = startGateway(site.url, {})
      const dataset = await ckan.newDataset(3)
      for (const id of [...dataset.resources, ...dataset.resources])
        expect((await act('resource_upload', site.tokens.editor, { id })).status).toBe(200)
      const again = ['package_revise', 'package_show', 'user_show']
      expect(calls.toSorted()).toEqual([...again, 'resource_show', ...Array(5).fill('package_show')].toSorted())
      calls.length = 0
      pass(60)
      await act('resource_upload', site.tokens.editor, { id: only(dataset) })
      expect(calls.toSorted()).toEqual(again)
    })

    it('goes with the resource as CKAN shows it at each request', async () => {
      const { act, store } = startGateway(site.url, {})
      const dataset = await ckan.newDataset(2)
      const ask = async (id: string | undefined) => {
        const { result } = await act('resource_upload', site.tokens.editor, { id })
        return store.json(`uplink/uploads/${result.upload.id}.json`)
      }
      await ask(dataset.resources[0])
      await ckan.act('resource_patch', { id: dataset.resources[1], url: 'https://example.org/other.csv' }, 'admin')
      expect(await ask(dataset.resources[1])).toMatchObject({
        previous_url: 'https://example.org/other.csv',
        entity: { dataset_id: dataset.id, owner_org: (await ckan.dataset(dataset.id)).owner_org },
      })
      await ckan.act('resource_delete', { id: dataset.resources[1] }, 'admin')
      expect((await act('resource_upload', site.tokens.editor, { id: dataset.resources[1] })).status).toBe(404)
    })

    it('follows from the write that creates resources', async () => {
      const { act, send, calls } = startGateway(site.url, {})
      const dataset = await ckan.newDataset(1)
      const files = [{ name: 'a.csv' }]
      expect((await send(site.tokens.editor, { id: dataset.id, files })).status).toBe(200)
      calls.length = 0
      expect((await act('resource_upload', site.tokens.editor, { id: only(dataset) })).status).toBe(200)
      const present = [{ name: 'a.csv', resource: only(dataset) }]
      expect((await send(site.tokens.editor, { id: dataset.id, files: present })).status).toBe(200)
      expect(calls).not.toContain('package_revise')
      expect(calls).toEqual(['package_show', 'package_show'])
    })

    it('is lost for new URLs within the time of the setting, and at once for all else', async () => {
      const { act, send, pass } = startGateway(site.url, { REMEMBER_PERMISSION_SECONDS: '20' })
      const dataset = await ckan.newDataset(1)
      const file = { id: only(dataset), name: 'a.csv', size: 5, multipart: true }
      const { result } = await act('resource_upload', site.tokens.editor, file)
      const { id } = result.upload
      await takeAway(dataset.id)
      expect((await act('resource_upload', site.tokens.editor, file)).status).toBe(200)
      pass(19)
      expect((await act('resource_upload', site.tokens.editor, file)).status).toBe(200)
      pass(1)
      expect((await act('resource_upload', site.tokens.editor, file)).status).toBe(403)
      const files = [{ name: 'a.csv', resource: only(dataset) }]
      expect((await send(site.tokens.editor, { id: dataset.id, files })).status).toBe(403)
      await expectOthersRefused(act, id)
    })

    it('is asked each time for all else than new URLs', async () => {
      const { act } = startGateway(site.url, {})
      const dataset = await ckan.newDataset(1)
      const file = { id: only(dataset), name: 'a.csv', size: 5, multipart: true }
      const { result } = await act('resource_upload', site.tokens.editor, file)
      await takeAway(dataset.id)
      await expectOthersRefused(act, result.upload.id)
      expect((await act('resource_upload', site.tokens.editor, file)).status).toBe(403)
    })

    it('is forgotten when CKAN refuses the caller anything', async () => {
      const { act } = startGateway(site.url, {})
      const dataset = await ckan.newDataset(1)
      const id = only(dataset)
      await act('resource_upload', site.tokens.editor, { id })
      await takeAway(dataset.id)
      expect((await act('resource_upload', site.tokens.editor, { id })).status).toBe(200)
      expect((await act('package_patch', site.tokens.editor, { id: dataset.id, notes: 'n' })).status).toBe(403)
      expect((await act('resource_upload', site.tokens.editor, { id })).status).toBe(403)
    })

    it('belongs to one token and to one dataset', async () => {
      const { act, calls } = startGateway(site.url, {})
      const [dataset, other] = [await ckan.newDataset(1), await ckan.newDataset(1)]
      const ask = (token: string, id: string) => act('resource_upload', token, { id })
      expect((await ask(site.tokens.editor, only(dataset))).status).toBe(200)
      for (const token of [site.tokens.member, site.tokens.outsider, 'unknown-token'])
        expect((await ask(token, only(dataset))).status).toBe(403)
      await takeAway(other.id)
      expect((await ask(site.tokens.editor, only(other))).status).toBe(403)
      calls.length = 0
      expect((await ask(site.tokens.admin, only(dataset))).status).toBe(200)
      expect(countIn(calls, 'package_revise')).toBe(1)
    })

    it('is asked again five seconds after a refusal', async () => {
      const { act, pass, calls } = startGateway(site.url, {})
      const dataset = await ckan.newDataset(1)
      await takeAway(dataset.id)
      const ask = async () => (await act('resource_upload', site.tokens.editor, { id: only(dataset) })).status
      expect([await ask(), await ask()]).toEqual([403, 403])
      expect(countIn(calls, 'package_revise')).toBe(1)
      await ckan.act('package_patch', { id: dataset.id, owner_org: site.organization }, 'admin')
      pass(5)
      expect(await ask()).toBe(200)
    })

    it('is asked each time if the setting is 0', async () => {
      const { act, calls } = startGateway(site.url, { REMEMBER_PERMISSION_SECONDS: '0' })
      const dataset = await ckan.newDataset(1)
      for (let time = 0; time < 3; time += 1) await act('resource_upload', site.tokens.editor, { id: only(dataset) })
      expect(countIn(calls, 'package_revise')).toBe(3)
    })

    async function expectOthersRefused(act: ReturnType<typeof startGateway>['act'], id: string): Promise<void> {
      const actions = ['upload_show', 'upload_sign_parts', 'upload_list_parts', 'upload_complete', 'upload_abort']
      for (const action of [...actions, 'upload_remove'])
        expect((await act(action, site.tokens.editor, { id, part_numbers: [1], reason: 'r' })).status, action).toBe(403)
    }
  })
}
