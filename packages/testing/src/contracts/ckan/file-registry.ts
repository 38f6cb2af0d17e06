import { createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import type { Catalog } from '@ckan-uplink/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type CkanApi, type CkanSubject, createCkanApi, only, type Who } from './ckan-subject.ts'

const NO_FILE = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'

const ofResource = (id: string) => ({ type: 'resource', id, pinned: true })

/** CKAN's own files, as the linker registers them, over the product's own client. */
export function describeFileRegistry(name: string, start: () => Promise<CkanSubject>): void {
  describe(`the files on ${name}`, () => {
    let ckan: CkanApi
    let catalog: Catalog
    beforeAll(async () => {
      ckan = createCkanApi(await start())
      catalog = catalogFor('admin')
    })
    afterAll(() => ckan.close())

    const catalogFor = (who: Exclude<Who, 'anonymous'>): Catalog =>
      createCatalog(createCkanClient({ url: ckan.url, concurrency: 8, timeoutMs: 20_000 }), { token: ckan.tokens[who] })
    const act = (action: 'show' | 'transfer', params: object): Promise<Answer> => {
      const core = { show: 'file_show', transfer: 'file_ownership_transfer' }[action]
      const extension = { show: 'files_file_show', transfer: 'files_transfer_ownership' }[action]
      return ckan.result(ckan.files?.api === 'core' ? core : extension, params, 'admin')
    }

    /** A resource, and an object beside the files that CKAN knows. */
    async function newObject() {
      const resource = only(await ckan.newDataset([{}]))
      const location = `contract-${crypto.randomUUID()}.csv`
      await ckan.files?.put(location, 'a,b\n1,2\n')
      return { resource, place: { storage: 'default', location } }
    }

    it('are registered, renamed, and given to a resource, which keeps them', async () => {
      const { resource, place } = await newObject()
      const file = await catalog.registerFile(place, ofResource(resource))
      if (file === undefined) throw new Error('The file belongs to another owner.')
      expect(file.isGiven).toBe(false)
      expect(await act('show', { id: file.id })).toMatchObject({ ...place, owner_type: 'user', pinned: false })
      await catalog.renameFile(file.id, 'budget.csv')
      await catalog.giveFile(file.id, ofResource(resource))
      const given = { ...place, name: 'budget.csv', owner_type: 'resource', owner_id: resource, pinned: true }
      expect(await act('show', { id: file.id })).toMatchObject(given)
    })

    it('belong to a dataset, an organization or a user, and are pinned or not', async () => {
      const { id: dataset } = await ckan.newDataset()
      const { id: organization } = await ckan.result('organization_show', { id: ckan.organization }, 'admin')
      const [{ id: user }] = await ckan.result('user_list', {}, 'admin')
      const owners = [
        { type: 'package', id: dataset, pinned: true },
        { type: 'organization', id: organization, pinned: false },
        { type: 'user', id: user, pinned: true },
      ]
      for (const owner of owners) {
        const { place } = await newObject()
        const { id = '' } = (await catalog.registerFile(place, owner)) ?? {}
        await catalog.renameFile(id, 'minutes.csv')
        await catalog.giveFile(id, owner)
        expect(await catalog.readFile(id)).toEqual({ ...place, owner })
        expect(await catalog.registerFile(place, owner)).toMatchObject({ id })
        expect(await catalog.removeFile(id, owner)).toBe(true)
      }
    })

    it('are found again after each step', async () => {
      const { resource, place } = await newObject()
      const file = await catalog.registerFile(place, ofResource(resource))
      const id = file?.id ?? ''
      expect(await catalog.registerFile(place, ofResource(resource))).toEqual({ id, isGiven: false })
      await catalog.renameFile(id, 'budget.csv')
      expect(await catalog.registerFile(place, ofResource(resource))).toEqual({ id, isGiven: false })
      await catalog.giveFile(id, ofResource(resource))
      expect(await catalog.registerFile(place, ofResource(resource))).toEqual({ id, isGiven: true })
      await catalog.giveFile(id, ofResource(resource))
      expect(await act('show', { id })).toMatchObject({ owner_id: resource, pinned: true })
    })

    it('stay with another owner, to whom a person has pinned them, until they are deleted for any owner', async () => {
      const { resource, place } = await newObject()
      const file = await catalog.registerFile(place, ofResource(resource))
      const id = file?.id ?? ''
      const other = only(await ckan.newDataset([{}]))
      await act('transfer', { id, owner_type: 'resource', owner_id: other, pin: true })
      await catalog.giveFile(id, ofResource(resource))
      expect(await act('show', { id })).toMatchObject({ owner_id: other, pinned: true })
      expect(await catalog.registerFile(place, ofResource(resource))).toBeUndefined()
      await catalog.deleteFile(id)
      await expect(catalog.deleteFile(id)).rejects.toMatchObject({ name: 'NotFoundError' })
    })

    it('of a resource are removed with their object, and files of another owner stay', async () => {
      const { resource, place } = await newObject()
      const id = (await catalog.registerFile(place, ofResource(resource)))?.id ?? ''
      expect(await catalog.removeFile(id, ofResource(resource))).toBe(false)
      await catalog.giveFile(id, ofResource(resource))
      expect(await catalog.readFile(id)).toEqual({ ...place, owner: ofResource(resource) })
      expect(await catalog.removeFile(id, ofResource(resource))).toBe(true)
      expect(await catalog.removeFile(id, ofResource(resource))).toBe(true)
      expect(await catalog.readFile(id)).toBeUndefined()
      await expect(act('show', { id })).rejects.toThrow('404')
    })

    it.each([
      ['an object that is not there', { storage: 'default', location: 'contract-missing.csv' }, 'give the storage'],
      ['another storage', { storage: 'contract-missing', location: 'a.csv' }, 'contract-missing'],
    ])('are refused for %s', async (_, place, words) => {
      const { resource } = await newObject()
      await expect(catalog.registerFile(place, ofResource(resource))).rejects.toMatchObject({
        name: 'RefusedError',
        message: expect.stringContaining(words),
      })
    })

    it('that do not exist are neither renamed nor given', async () => {
      const { resource } = await newObject()
      await expect(catalog.renameFile(NO_FILE, 'a.csv')).rejects.toMatchObject({ name: 'NotFoundError' })
      await expect(catalog.giveFile(NO_FILE, ofResource(resource))).rejects.toMatchObject({ name: 'NotFoundError' })
    })

    it('need the token of a sysadmin', async () => {
      const { resource, place } = await newObject()
      await expect(catalogFor('editor').registerFile(place, ofResource(resource))).rejects.toMatchObject({
        name: 'NotAllowedError',
      })
    })
  })
}
