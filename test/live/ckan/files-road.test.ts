import { setTimeout as sleep } from 'node:timers/promises'
import { MIB } from '@ckan-uplink/core/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killCkan } from '../../../scripts/ckan/control.ts'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import {
  type FilesRoad,
  killWorkerd,
  openFilesRoad,
  STEPS,
  WITH_EXTENSION,
  WITH_PLUGIN,
} from '../support/files-road.ts'

describe.each([WITH_EXTENSION, WITH_PLUGIN])(
  'files of resources on CKAN $name, with the same bucket by $type',
  (site) => {
    let road: FilesRoad
    beforeAll(async () => {
      road = await openFilesRoad(site)
    })
    afterAll(() => road?.close())

    const filesOf = (resource: string) => road.filesOf({ owner_type: 'resource', owner_id: resource })

    it('are listed for an editor, with type and size, under the name of the upload', async () => {
      const resource = only(await road.newDataset(1))
      const ticket = await road.upload(resource, 'a,b\n1,2\n', { name: 'Budget 2026.csv' })
      expect((await road.settled(ticket)).state).toBe('linked')
      await road.waitForFiles(resource)
      const [file] = await filesOf(resource)
      expect(file).toMatchObject({
        // CKAN 2.12 makes the name safe for URLs.
        name: expect.stringMatching(/^[Bb]udget[ -]2026\.csv$/u),
        storage: 'uplink',
        location: ticket.key.slice('resources/api_uploads/'.length),
        content_type: 'text/csv',
        size: 8,
        owner_id: resource,
        pinned: true,
      })
      await expect.poll(async () => (await road.record(ticket)).file).toEqual({ id: file.id, step: 'given' })
    })

    it('are not deleted while the resource shows them, and then with their object', async () => {
      const resource = only(await road.newDataset(1))
      const ticket = await road.upload(resource, 'a,b\n1,2\n')
      await road.waitForFiles(resource)
      const [file] = await filesOf(resource)
      const refused = await road.ask('files_file_delete', { id: file.id })
      expect([refused.status, refused.body.error?.id?.[0]]).toEqual([409, expect.stringContaining('shows this file')])
      await road.upload(resource, 'a,b\n3,4\n')
      await road.waitForFiles(resource, 2)
      expect(await road.result('files_file_delete', { id: file.id })).toMatchObject({ id: file.id })
      const left = await filesOf(resource)
      expect(left.map(({ location }: Answer) => location)).not.toContain(file.location)
      expect((await road.ask('resource_restore', { id: resource, upload: ticket.id })).status).toBe(404)
    })

    it('are uploaded by files_resource_upload, and shown by the id in its answer', async () => {
      const resource = only(await road.newDataset(1))
      const asked = { resource_id: resource, name: 'measured.csv', size: 8 }
      const { id, location, storage_data } = await road.result('files_resource_upload', asked)
      await putByCurl(storage_data.upload.url, 'a,b\n5,6\n', storage_data.upload.headers)
      await road.waitForFiles(resource)
      await expect.poll(async () => (await road.ask('files_file_show', { id })).status).toBe(200)
      const facts = { name: 'measured.csv', location, storage: 'uplink', owner_id: resource }
      expect(await road.result('files_file_show', { id })).toMatchObject(facts)
      expect((await road.resource(resource)).url).toContain('measured.csv')
    })

    it('are uploaded in parts by the actions of ckanext-files, without a byte through CKAN', async () => {
      const resource = only(await road.newDataset(1))
      const content = new Uint8Array(20 * MIB).fill(97)
      const asked = { resource_id: resource, name: 'parts.txt', size: content.length, multipart: true }
      const bytesOfCkan = () => road.tap.bytes() + road.readByCkan()
      const before = bytesOfCkan()
      const { id, storage_data } = await road.result('files_resource_upload', asked)
      for (let part = 0; part < storage_data.part_count; part += 1) {
        const { upload } = (await road.result('files_multipart_update', { id, part })).storage_data
        const bytes = content.slice(part * storage_data.part_size, (part + 1) * storage_data.part_size)
        expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: bytes })).status).toBe(200)
      }
      const refreshed = await road.result('files_multipart_refresh', { id })
      expect(refreshed.storage_data.uploaded).toBe(content.length)
      const facts = { name: 'parts.txt', storage: 'uplink', size: content.length, owner_id: resource, pinned: true }
      const complete = () => road.result('files_multipart_complete', { id })
      // On a busy machine, the linker takes longer than one call waits.
      await expect.poll(complete).toMatchObject(facts)
      expect(await filesOf(resource)).toEqual([await complete()])
      // CKAN opens the object for its facts, and closes it. Until then, the buffers of sockets take some megabytes.
      expect(bytesOfCkan() - before).toBeLessThan(content.length)
    })

    it.each(STEPS[site.name as keyof typeof STEPS])(
      'are registered although CKAN is killed at the step %s',
      async (step) => {
        const resource = only(await road.newDataset(1))
        let isKilled = false
        road.tap.beforeNext(step, async () => {
          void sleep(20)
            .then(() => killCkan(site.name))
            .then(() => {
              isKilled = true
            })
        })
        const ticket = await road.upload(resource, 'a,b\n1,2\n', { name: 'killed.csv' })
        await expect.poll(() => isKilled).toBe(true)
        await road.restartCkan()
        await road.waitForFiles(resource)
        expect(await filesOf(resource)).toMatchObject([{ name: 'killed.csv', owner_id: resource }])
        expect((await road.settled(ticket)).state).toBe('linked')
      },
    )

    it.each(STEPS[site.name as keyof typeof STEPS])(
      'are registered although the linker is killed at the step %s',
      async (step) => {
        const resource = only(await road.newDataset(1))
        let isKilled = false
        // The call reaches CKAN all the same, so the linker never learns its result.
        road.tap.beforeNext(step, async () => {
          await killWorkerd()
          isKilled = true
        })
        const ticket = await road.upload(resource, 'a,b\n1,2\n', { name: 'killed.csv' })
        await expect.poll(() => isKilled).toBe(true)
        await road.restart()
        await road.waitForFiles(resource)
        expect(await filesOf(resource)).toMatchObject([{ name: 'killed.csv', owner_id: resource }])
        await expect.poll(async () => (await road.record(ticket)).file?.step).toBe('given')
      },
    )
  },
)
