import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type CkanAccess, type CkanCalls, createCkanCalls, only } from './ckan-calls.ts'
import { startGateway } from './gateway-before-ckan.ts'

type Site = CkanAccess & { close(): Promise<void> }
/** The files API of a CKAN: that of ckanext-files, or the core's. */
export type FilesApi = 'extension' | 'core'

/** The file actions of a gateway in front of a CKAN that has files. */
export function describeFiles(name: string, api: FilesApi, open: () => Promise<Site>): void {
  describe(`the files of ${name}`, { timeout: 60_000 }, () => {
    let site: Site
    let ckan: CkanCalls
    let gateway: ReturnType<typeof startGateway>
    const made = new Set<string>()
    beforeAll(async () => {
      site = await open()
      ckan = createCkanCalls(site)
      gateway = startGateway(site.url, {})
    })
    afterAll(async () => {
      await ckan?.purge()
      for (const id of made) await act('files_file_delete', { id }, 'admin')
      await site?.close()
    })

    type Who = keyof CkanAccess['tokens'] | 'anonymous'
    const act = (action: string, fields: object, who: Who = 'editor') =>
      gateway.act(action, who === 'anonymous' ? '' : site.tokens[who], fields)
    const result = async (action: string, fields: object, who: Who = 'editor'): Promise<Answer> => {
      const { status, text, result } = await act(action, fields, who)
      if (status !== 200) throw new Error(`${action} was answered with ${status}: ${text}`)
      return result
    }

    /** A file that a sysadmin sent to CKAN by the gateway, and gave to a resource. */
    async function newFile(owner: string, fileName = `uplink-${crypto.randomUUID()}.csv`): Promise<Answer> {
      const form = new FormData()
      form.set('name', fileName)
      form.set('upload', new File(['a,b\n1,2\n'], fileName, { type: 'text/csv' }))
      const headers = { Authorization: site.tokens.admin }
      const { result: file } = await gateway.ask('files_file_create', { method: 'POST', headers, body: form })
      made.add(file.id)
      return result('files_transfer_ownership', { id: file.id, owner_type: 'resource', owner_id: owner }, 'admin')
    }
    const newOwner = async (): Promise<string> => only(await ckan.newDataset(1))
    const namesOf = ({ results }: Answer) => results.map((file: Answer) => file.name)

    it('are shown, renamed, pinned, transferred and deleted by an editor of the owner', async () => {
      const dataset = await ckan.newDataset(2)
      const [first = '', second = ''] = dataset.resources
      const { id, location, storage } = await newFile(first)
      const facts = { id, location, storage, size: 8, owner_type: 'resource' }
      expect(await result('files_file_show', { id })).toMatchObject({ ...facts, owner_id: first, pinned: false })
      expect(await result('files_file_rename', { id, name: 'renamed.csv' })).toMatchObject({ name: 'renamed.csv' })
      expect(await result('files_file_pin', { id })).toMatchObject({ pinned: true })
      const to = { id, owner_type: 'resource', owner_id: second }
      expect((await act('files_transfer_ownership', to)).status).toBe(403)
      expect(await result('files_transfer_ownership', { ...to, force: true, pin: true })).toMatchObject({
        owner_id: second,
        pinned: true,
      })
      expect(await result('files_file_unpin', { id })).toMatchObject({ pinned: false })
      expect(await result('files_file_delete', { id })).toMatchObject({ ...facts, name: 'renamed.csv' })
      made.delete(id)
      expect(await act('files_file_show', { id }, 'admin')).toMatchObject({ status: 404 })
    })

    it('are shown and changed with the rights on their owner', async () => {
      const { id } = await newFile(await newOwner())
      for (const who of ['member', 'outsider', 'anonymous'] as const) {
        expect((await act('files_file_show', { id }, who)).status).toBe(200)
        const refused = ['files_file_rename', 'files_file_pin', 'files_file_unpin', 'files_file_delete']
        for (const action of refused) expect((await act(action, { id, name: 'a.csv' }, who)).status).toBe(403)
        expect((await act('files_transfer_ownership', { id, owner_type: 'user', owner_id: 'x' }, who)).status).toBe(403)
      }
      const hidden = await newFile(only(await ckan.newDataset(1, { private: true })))
      expect((await act('files_file_show', { id: hidden.id }, 'outsider')).status).toBe(403)
      expect((await act('files_file_show', { id: hidden.id }, 'member')).status).toBe(200)
    })

    it('say in words of CKAN which field is missing', async () => {
      for (const action of ['files_file_show', 'files_file_rename', 'files_transfer_ownership', 'files_file_delete'])
        expect(await act(action, {})).toMatchObject({ status: 409, error: { id: ['Missing value'] } })
    })

    it('are listed by owner, page by page, also in descending order and by GET', async () => {
      const owner = await newOwner()
      const mark = crypto.randomUUID()
      const names = ['a', 'b', 'c'].map((letter) => `${letter}-${mark}.csv`)
      for (const fileName of names) await newFile(owner, fileName)
      const of = { owner_type: 'resource', owner_id: owner }
      const listed = await result('files_file_scan', of)
      expect([listed.count, namesOf(listed)]).toEqual([3, names])
      const page = await result('files_file_scan', { ...of, start: 1, rows: 1, sort: 'name', reverse: true })
      expect([page.count, namesOf(page)]).toEqual([3, [names[1]]])
      const query = new URLSearchParams({ ...of, rows: '2' })
      const headers = { Authorization: site.tokens.editor }
      const read = await gateway.ask(`files_file_scan?${query}`, { headers })
      expect([read.result.count, namesOf(read.result)]).toEqual([3, names.slice(0, 2)])
      expect((await act('files_file_scan', of, 'outsider')).status).toBe(403)
      expect((await act('files_file_scan', of, 'anonymous')).status).toBe(403)
      const one = await result('files_file_scan', { ...of, name: names[2], completed: true })
      expect([one.count, namesOf(one)]).toEqual([1, [names[2]]])
    })

    it('of the caller are listed without an owner', async () => {
      const { id } = await newFile(await newOwner())
      const { id: owner } = await ckan.act('user_show', {})
      await result('files_transfer_ownership', { id, owner_type: 'user', owner_id: owner }, 'admin')
      const { results } = await result('files_file_scan', { rows: 1000 })
      expect(results).toContainEqual(expect.objectContaining({ id, owner_type: 'user', owner_id: owner }))
    })

    it.each([
      ['filters', (filters: object) => ({ filters })],
      ['filters as text', (filters: object) => ({ filters: JSON.stringify(filters) })],
      ['fields, as in ckanext-files 1.0', (filters: object) => ({ ...filters, completed: true, reverse: false })],
    ])('of an owner are searched by %s', async (_, sendAs) => {
      const owner = await newOwner()
      const [file] = [await newFile(owner), await newFile(owner)]
      const of = { owner_type: 'resource', owner_id: owner }
      const search = async (filters: object) => namesOf(await result('files_file_search', sendAs(filters), 'admin'))
      expect(await search({ ...of, storage: file.storage })).toHaveLength(2)
      expect(await search({ ...of, location: file.location })).toEqual([file.name])
      expect(await search({ ...of, name: file.name, storage: 'elsewhere' })).toEqual([])
      expect(await search({ ...of, location: file.location, size: 8, pinned: false })).toEqual([file.name])
    })

    it('are searched by all columns where CKAN can, and refused in words where it cannot', async () => {
      const owner = await newOwner()
      const file = await newFile(owner)
      const of = { owner_type: 'resource', owner_id: owner }
      for (const filters of [{ location: file.location }, { ...of, size: { $gt: 1 } }, { $or: [of, of] }]) {
        const { status, result: found, error } = await act('files_file_search', { filters }, 'admin')
        if (api === 'extension') expect([status, namesOf(found)]).toEqual([200, [file.name]])
        else expect([status, error.filters[0]]).toEqual([409, expect.stringMatching(/^The files of one owner can be/u)])
      }
    })

    it('are not searched by callers who may not list them', async () => {
      const filters = { owner_type: 'resource', owner_id: await newOwner() }
      expect((await act('files_file_search', { filters }, 'outsider')).status).toBe(403)
    })

    it('are not deleted while a resource shows them', async () => {
      const dataset = await ckan.newDataset(2)
      const [owner = '', copy = ''] = dataset.resources
      const { id } = await newFile(owner)
      for (const resource of [owner, copy]) {
        await ckan.act('resource_patch', { id: resource, url: `${site.url}/file/download/${id}` })
        const { status, error } = await act('files_file_delete', { id })
        expect([status, error.id]).toEqual([409, [expect.stringContaining(`The resource ${resource} shows this file`)]])
        await ckan.act('resource_patch', { id: resource, url: 'https://example.org/other.csv' })
      }
      await result('files_file_delete', { id })
      made.delete(id)
    })

    it('cost CKAN one call each, after the first question for its API', async () => {
      const owner = await newOwner()
      const { id } = await newFile(owner)
      await result('files_file_show', { id })
      gateway.calls.length = 0
      await result('files_file_show', { id })
      await result('files_file_scan', { owner_type: 'resource', owner_id: owner })
      expect(gateway.calls).toEqual(
        api === 'core' ? ['file_show', 'file_owner_scan'] : ['files_file_show', 'files_file_scan'],
      )
    })
  })
}
