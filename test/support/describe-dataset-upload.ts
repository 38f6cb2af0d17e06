import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type CkanAccess, type CkanCalls, createCkanCalls } from './ckan-calls.ts'
import { startGateway } from './gateway-before-ckan.ts'

const csv = (name: string, more: object = {}) => ({ name, size: 8, mimetype: 'text/csv', ...more })

/** `dataset_upload` in front of a CKAN. */
export function describeDatasetUpload(
  name: string,
  open: () => Promise<CkanAccess & { close(): Promise<void> }>,
): void {
  describe(`dataset_upload on ${name}`, { timeout: 60_000 }, () => {
    let site: Awaited<ReturnType<typeof open>>
    let ckan: CkanCalls
    beforeAll(async () => {
      site = await open()
      ckan = createCkanCalls(site)
    })
    afterAll(async () => {
      await ckan?.purge()
      await site?.close()
    })

    const start = (env: object = {}, intercept?: (action: string) => Promise<unknown>) =>
      startGateway(site.url, env, intercept)
    const namesIn = async (id: string): Promise<readonly string[]> =>
      (await ckan.dataset(id)).resources.map((resource: Answer) => resource.name)

    it('creates the missing resources in one write, and gives each file its URL', async () => {
      const { send, calls, store } = start()
      const dataset = await ckan.newDataset([{ name: 'old.csv' }])
      const files = [csv('a.csv', { format: 'CSV', description: 'First' }), csv('2023/b.csv')]
      const { status, result } = await send(site.tokens.editor, { id: dataset.id, files })
      expect(status).toBe(200)
      expect(calls).toEqual(['user_show', 'package_show', 'package_revise', 'package_show'])
      const { resources } = await ckan.dataset(dataset.id)
      const unfinished = { url: '', format: '', size: null, hash: '' }
      expect(resources.slice(1)).toMatchObject([
        { ...unfinished, name: 'a.csv', description: 'First' },
        { ...unfinished, name: '2023/b.csv' },
      ])
      expect(result.id).toBe(dataset.id)
      for (const [index, { resource, upload }] of result.files.entries()) {
        expect(resource).toEqual({ id: resources[index + 1].id, is_new: true })
        expect(upload.key).toMatch(new RegExp(`/${resource.id}/${upload.id}/[ab]\\.csv$`, 'u'))
        expect(upload.url).toBe(`https://storage.example.org/${upload.key}`)
        const { owner_org } = await ckan.dataset(dataset.id)
        expect(store.json(`uplink/uploads/${upload.id}.json`)).toMatchObject({
          entity: { type: 'resource', id: resource.id, dataset_id: dataset.id, owner_org },
          previous_url: '',
          previous_last_modified: null,
          declared: { size: 8, mimetype: 'text/csv' },
          state: 'issued',
        })
      }
    })

    it('answers a repeated request with the same uploads, and creates nothing twice', async () => {
      const { send, calls } = start()
      const dataset = await ckan.newDataset([])
      const fields = { id: dataset.id, request: crypto.randomUUID(), files: [csv('a.csv'), csv('b.csv')] }
      const first = await send(site.tokens.editor, fields)
      calls.length = 0
      const second = await send(site.tokens.editor, fields)
      const ids = ({ result }: Answer) => result.files.map((file: Answer) => [file.resource, file.upload.id])
      expect(ids(second)).toEqual(ids(first))
      expect(await namesIn(dataset.id)).toEqual(['a.csv', 'b.csv'])
      expect(calls).toEqual(['package_show'])
    })

    it('goes on where an earlier attempt broke off', async () => {
      const dataset = await ckan.newDataset([])
      const fields = { id: dataset.id, request: crypto.randomUUID(), files: [csv('a.csv')] }
      let isDown = true
      const { send } = start({}, async (action) => {
        if (isDown && action === 'package_revise') await ckan.dataset(dataset.id)
        return isDown && action === 'package_revise'
      })
      expect((await send(site.tokens.editor, fields)).status).toBe(502)
      isDown = false
      const { result } = await send(site.tokens.editor, fields)
      expect(result.files).toMatchObject([{ resource: { is_new: true } }])
      expect(await namesIn(dataset.id)).toEqual(['a.csv'])
    })

    it('refuses a repeated request with other files', async () => {
      const { send } = start()
      const dataset = await ckan.newDataset([])
      const request = crypto.randomUUID()
      await send(site.tokens.editor, { id: dataset.id, request, files: [csv('a.csv')] })
      const { status, error } = await send(site.tokens.editor, { id: dataset.id, request, files: [csv('b.csv')] })
      expect([status, error.request]).toEqual([409, [expect.stringMatching(/^Was already sent with other files/u)]])
      expect(await namesIn(dataset.id)).toEqual(['a.csv'])
    })

    it('does not bring back a resource that a person has deleted', async () => {
      const { send } = start()
      const dataset = await ckan.newDataset([])
      const fields = { id: dataset.id, request: crypto.randomUUID(), files: [csv('a.csv'), csv('b.csv')] }
      const { result } = await send(site.tokens.editor, fields)
      await ckan.act('resource_delete', { id: result.files[0].resource.id })
      const repeated = await send(site.tokens.editor, fields)
      expect(repeated.result.files).toMatchObject([
        { name: 'a.csv', error: { resource: [expect.stringMatching(/was removed/u)] } },
        { name: 'b.csv', upload: { id: result.files[1].upload.id } },
      ])
      expect(await namesIn(dataset.id)).toEqual(['b.csv'])
    })

    it('gives files to existing resources by id and by name, with one question for the permission', async () => {
      const { send, calls } = start()
      const dataset = await ckan.newDataset(['a.csv', 'b.csv', 'c.csv'].map((name) => ({ name, description: 'Kept' })))
      const [a, b] = dataset.resources
      const files = [csv('renamed.csv', { resource: a }), csv('b.csv', { description: 'Ignored' }), csv('c.csv')]
      const { result } = await send(site.tokens.editor, { id: dataset.id, files, replace_by: 'name' })
      expect(result.files.map(({ resource }: Answer) => resource)).toEqual(
        dataset.resources.map((id) => ({ id, is_new: false })),
      )
      expect(calls).toEqual(['user_show', 'package_show', 'package_revise'])
      expect(await ckan.resource(b ?? '')).toMatchObject({ name: 'b.csv', description: 'Kept' })
    })

    it('takes the other for the same when two callers create a name at once', async () => {
      const { send } = start()
      const dataset = await ckan.newDataset([{ name: 'old.csv' }])
      const files = [csv('a.csv'), csv('b.csv')]
      const answers = await Promise.all(
        [site.tokens.editor, site.tokens.admin, site.tokens.editor].map((token) =>
          send(token, { id: dataset.id, files, replace_by: 'name' }),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
      expect(await namesIn(dataset.id)).toEqual(['old.csv', 'a.csv', 'b.csv'])
      const ids = answers.map(({ result }) => result.files.map(({ resource }: Answer) => resource.id).join())
      expect(new Set(ids).size).toBe(1)
    })

    it('refuses each faulty file by itself, with the reason', async () => {
      const { send } = start({ MAX_UPLOAD_BYTES: '1000', ALLOWED_TYPES: 'text/csv' })
      const dataset = await ckan.newDataset([{ name: 'twice.csv' }, { name: 'twice.csv' }])
      const files = [
        csv('good.csv'),
        csv('large.csv', { size: 1001 }),
        { name: 'a.pdf' },
        { name: 'a\u0000.csv' },
        {},
        csv('strange.csv', { last_modified: 'never' }),
        csv('twice.csv'),
        csv('lost.csv', { resource: crypto.randomUUID() }),
        csv('good.csv'),
        csv('last.csv'),
      ]
      const { status, result } = await send(site.tokens.editor, { id: dataset.id, files, replace_by: 'name' })
      expect(status).toBe(200)
      const errors = result.files.map(({ name, error, upload }: Answer) => [
        name,
        upload
          ? 'upload'
          : Object.entries(error)
              .map(([field, words]) => `${field}: ${words}`)
              .join(),
      ])
      expect(errors).toEqual([
        ['good.csv', 'upload'],
        ['large.csv', 'size: Must be at most 1000 bytes'],
        ['a.pdf', 'name: The type of the file must be one of text/csv'],
        ['a\u0000.csv', expect.stringMatching(/^name: Must end in a file name/u)],
        [null, 'name: Missing value'],
        ['strange.csv', 'last_modified: Date format incorrect'],
        ['twice.csv', expect.stringContaining(dataset.resources.join(', '))],
        ['lost.csv', 'resource: The dataset has no such resource'],
        ['good.csv', 'name: Another file of this request is for the same resource'],
        ['last.csv', 'upload'],
      ])
      expect(await namesIn(dataset.id)).toEqual(['twice.csv', 'twice.csv', 'good.csv', 'last.csv'])
    })

    it('plans large files in parts, and repeats the plan', async () => {
      const { send } = start({ MULTIPART_ABOVE_BYTES: '1000' })
      const dataset = await ckan.newDataset([])
      const fields = { id: dataset.id, request: crypto.randomUUID(), files: [csv('a.csv', { size: 40_000_000 })] }
      const [first, second] = [await send(site.tokens.editor, fields), await send(site.tokens.editor, fields)]
      expect(first.result.files[0].upload).toMatchObject({ url: null, part_count: 3 })
      expect(second.result).toEqual(first.result)
    })

    it.each(['member', 'outsider'] as const)('gives a URL to no %s', async (who) => {
      const { send, store } = start()
      const dataset = await ckan.newDataset([{ name: 'a.csv' }])
      for (const file of ['a.csv', 'new.csv']) {
        const { status } = await send(site.tokens[who], { id: dataset.id, files: [csv(file)], replace_by: 'name' })
        expect(status).toBe(403)
      }
      expect(await namesIn(dataset.id)).toEqual(['a.csv'])
      expect(store.keys()).toEqual([])
    })

    it('does not show a private dataset to other users', async () => {
      const { send } = start()
      const dataset = await ckan.newDataset([{ name: 'a.csv' }], { private: true })
      const { status, text } = await send(site.tokens.outsider, { id: dataset.id, files: [csv('a.csv')] })
      expect([403, 404]).toContain(status)
      expect(text).not.toContain(dataset.resources[0])
    })

    it('gives up on a dataset that changes all the time, and says what to do', async () => {
      const dataset = await ckan.newDataset([])
      const { send, calls } = start({}, async (action) => {
        if (action === 'package_revise')
          await ckan.act('resource_create', { package_id: dataset.id, url: '', name: 'theirs.csv' })
        return false
      })
      const { status, error } = await send(site.tokens.editor, { id: dataset.id, files: [csv('a.csv')] })
      expect([status, error.message]).toEqual([409, [expect.stringMatching(/busy: send the same request again/u)]])
      expect(calls.filter((action) => action === 'package_revise')).toHaveLength(5)
    })

    it('asks for the same request again when a person removes a resource meanwhile', async () => {
      const dataset = await ckan.newDataset([{ name: 'a.csv' }, { name: 'b.csv' }])
      let isThere = true
      const { send } = start({}, async (action) => {
        if (isThere && action === 'package_revise') await ckan.act('resource_delete', { id: dataset.resources[0] })
        if (action === 'package_revise') isThere = false
      })
      const request = crypto.randomUUID()
      const fields = { id: dataset.id, request, files: [csv('a.csv'), csv('b.csv')], replace_by: 'name' }
      const { status, error } = await send(site.tokens.editor, fields)
      expect([status, error.message]).toEqual([409, [expect.stringMatching(/busy: send the same request again/u)]])
      expect((await send(site.tokens.editor, fields)).status).toBe(200)
      expect(await namesIn(dataset.id)).toEqual(['b.csv', 'a.csv'])
    })

    it('counts each file as an open upload', async () => {
      const { send } = start({ MAX_OPEN_UPLOADS: '3' })
      const dataset = await ckan.newDataset([])
      const files = (...names: readonly string[]) => ({ id: dataset.id, files: names.map((each) => csv(each)) })
      expect((await send(site.tokens.editor, files('a.csv', 'b.csv'))).status).toBe(200)
      expect((await send(site.tokens.editor, files('c.csv', 'd.csv'))).status).toBe(429)
      expect((await send(site.tokens.editor, files('c.csv'))).status).toBe(200)
      expect(await namesIn(dataset.id)).toEqual(['a.csv', 'b.csv', 'c.csv'])
    })
  })
}
