import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink, type Gate, type IssuedUpload, type Uplink } from '@ckan-uplink/client'
import type { JsonObject } from '@ckan-uplink/core/support'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFaultyFetch } from './faulty-fetch.ts'

const PART_BYTES = 16 * 1024 ** 2
const small = new File(['city,population\n東京,13960000\n'], '日本語 データ (1).csv', { type: 'text/html' })
/** Two whole parts and 80 bytes. */
const large = new File([Buffer.alloc(2 * PART_BYTES + 80, 'city,population\n')], 'cities.csv')

let folder: string
let local: LocalHandle

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  local = await startLocal({ folder, ports: await choosePorts('0'), settings: { URL_EXPIRES_SECONDS: '4' } })
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

function uplinkWith(send: typeof fetch = fetch, token = local.tokens?.editor): Uplink {
  return createUplink({ gateway: local.gateway, token, fetch: send, firstDelayMs: 1 })
}

function dataset(): string {
  return local.dataset ?? ''
}

async function hashOf(source: Blob): Promise<string> {
  return `sha256:${createHash('sha256')
    .update(new Uint8Array(await source.arrayBuffer()))
    .digest('hex')}`
}

describe('upload', () => {
  it('sends the files of uploads that one request has issued, through a gate that they share', async () => {
    const uplink = uplinkWith()
    const files = [{ name: 'one.csv' }, { name: 'two.csv', size: small.size }]
    const params = { id: dataset(), request: crypto.randomUUID(), files }
    type Placed = {
      readonly files: readonly { readonly resource: { readonly id: string }; readonly upload: IssuedUpload }[]
    }
    const placed = await uplink.action<Placed>('dataset_upload', params)
    const gated: number[] = []
    const gate: Gate = (bytes, send) => {
      gated.push(bytes)
      return send()
    }
    for (const { resource, upload } of placed.files) {
      const uploaded = await uplink.upload(small, { issued: { resource: resource.id, upload }, gate })
      expect(uploaded).toEqual({ id: upload.id, resource: resource.id })
      expect(await uplink.waitFor(upload.id, 'linked')).toMatchObject({ state: 'linked' })
    }
    expect(gated).toEqual([small.size, small.size])
  })

  it('puts a file into a new resource with its checksum, readable to the last byte', async () => {
    const uplink = uplinkWith()
    const seen: number[] = []
    const { id, resource } = await uplink.upload(small, {
      dataset: dataset(),
      checksum: true,
      onProgress: ({ sent }) => seen.push(sent),
    })
    expect(seen.at(-1)).toBe(small.size)
    expect(await uplink.waitFor(id, 'linked')).toMatchObject({ state: 'linked', entity: { id: resource } })
    const shown = await uplink.action<JsonObject>('resource_show', { id: resource })
    expect(shown).toMatchObject({
      name: small.name,
      size: small.size,
      mimetype: 'text/csv',
      format: 'CSV',
      hash: await hashOf(small),
    })
    expect(await (await fetch(String(shown['url']))).text()).toBe(await small.text())
  })

  it('sends a file in parts, never more at the same time than requested', async () => {
    const { send, done, mostAtOnce } = createFaultyFetch()
    const uplink = uplinkWith(send)
    const seen: number[] = []
    const options = {
      dataset: dataset(),
      multipart: true,
      checksum: true,
      partsAtOnce: 2,
      onProgress: ({ sent }: { sent: number }) => seen.push(sent),
    }
    const { id, resource } = await uplink.upload(large, options)
    expect(done()).toBe(3)
    expect(mostAtOnce()).toBe(2)
    expect(seen[0]).toBe(0)
    expect(seen.at(-1)).toBe(large.size)
    await uplink.waitFor(id, 'linked')
    expect(await uplink.action('resource_show', { id: resource })).toMatchObject({
      size: large.size,
      hash: await hashOf(large),
    })
  })

  it('leaves the parts at the store for a caller who completes the upload', async () => {
    const uplink = uplinkWith()
    const file = { dataset: dataset(), multipart: true, complete: false }
    const { id } = await uplink.upload(small, file)
    expect((await uplink.action<{ readonly parts: unknown }>('upload_list_parts', { id })).parts).toHaveLength(1)
    expect(await uplink.show(id)).toMatchObject({ state: 'issued' })
    await uplink.action('upload_complete', { id })
    expect(await uplink.waitFor(id, 'linked')).toMatchObject({ state: 'linked' })
  })

  it('resumes after it was stopped, and sends only the missing parts', async () => {
    const stop = new AbortController()
    const first = createFaultyFetch()
    let begun = ''
    const onProgress = () => {
      if (first.done() >= 2) stop.abort(new Error('enough'))
    }
    const onBegin = ({ id, resumable }: { id: string; resumable: boolean }) => {
      begun = id
      expect(resumable).toBe(true)
    }
    const options = { dataset: dataset(), multipart: true, partsAtOnce: 1, onBegin, onProgress, signal: stop.signal }
    await expect(uplinkWith(first.send).upload(large, options)).rejects.toThrow('enough')

    const second = createFaultyFetch()
    const { id } = await uplinkWith(second.send).upload(large, { resume: begun })
    expect([id, second.done()]).toEqual([begun, 1])
    await uplinkWith().waitFor(id, 'linked')
    const third = createFaultyFetch()
    await uplinkWith(third.send).upload(large, { resume: begun })
    expect(third.puts()).toBe(0)
    // Nothing is left for a caller who completes the upload.
    await expect(uplinkWith().upload(large, { resume: begun, complete: false })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('takes no more parts'),
    })
  })

  it('requests new URLs if URLs expire meanwhile', async () => {
    const { send, puts, done, statuses } = createFaultyFetch({ delayMs: (put) => (put <= 2 ? 5500 : 0) })
    const { id } = await uplinkWith(send).upload(large, { dataset: dataset(), multipart: true, partsAtOnce: 2 })
    // All three were signed together. The store may close the connection after a refusal, so not every answer is
    // received.
    expect(new Set([...statuses(), 403])).toEqual(new Set([200, 403]))
    expect([puts(), done()]).toEqual([6, 3])
    await uplinkWith().waitFor(id, 'linked')
  })

  it.each([
    ['a broken connection', { cut: (put: number) => put % 2 === 1 && put < 6 }],
    ['an answer that got lost', { lose: (put: number) => put % 2 === 1 && put < 6 }],
    ['a store that is overloaded', { status: (put: number) => (put % 2 === 1 && put < 6 ? 503 : undefined) }],
  ])('succeeds in spite of %s, in one piece and in parts', async (_fault, faults) => {
    for (const [source, multipart] of [[small, false] as const, [large, true] as const]) {
      const uplink = uplinkWith(createFaultyFetch(faults).send)
      const { id, resource } = await uplink.upload(source, { dataset: dataset(), multipart, partsAtOnce: 1 })
      await uplinkWith().waitFor(id, 'linked')
      expect(await uplink.action('resource_show', { id: resource })).toMatchObject({ size: source.size })
    }
  })

  it('creates one resource although the answer to its creation was lost', async () => {
    const before = await resourcesNamed('Once')
    const { send } = createFaultyFetch({ loseAction: 'resource_create' })
    const { resource } = await uplinkWith(send).upload(small, { dataset: dataset(), title: 'Once' })
    expect([before, await resourcesNamed('Once')]).toEqual([[], [resource]])
  })

  it('asks for one upload for a new resource, with the size', async () => {
    const { resource } = await uplinkWith().upload(small, { dataset: dataset() })
    type List = { readonly uploads: readonly { readonly declared: object }[] }
    const { uploads } = await uplinkWith(fetch, local.tokens?.admin).action<List>('upload_list', { entity: resource })
    expect(uploads.map(({ declared }) => declared)).toEqual([{ name: small.name, size: small.size }])
  })

  it('throws the reason if the file cannot be linked', async () => {
    const uplink = uplinkWith()
    const { id } = await uplink.upload(small, { dataset: dataset(), name: 'cities.xlsx' })
    const reason = { code: 'upload_failed', message: expect.stringMatching(/is failed: The file has the name/u) }
    await expect(uplink.waitFor(id, 'linked')).rejects.toMatchObject(reason)
  })

  it('throws if the caller is not allowed, and if another file resumes the upload', async () => {
    const [resource = ''] = local.resources ?? []
    await expect(uplinkWith(fetch, local.tokens?.reader).upload(small, { resource })).rejects.toMatchObject({
      code: 'not_allowed',
    })
    await expect(uplinkWith().upload(small, { resource: crypto.randomUUID() })).rejects.toMatchObject({
      code: 'not_found',
    })
    let begun = ''
    const stop = new AbortController()
    const onBegin = ({ id }: { id: string }) => {
      begun = id
      stop.abort()
    }
    await expect(
      uplinkWith().upload(large, { resource, multipart: true, onBegin, signal: stop.signal }),
    ).rejects.toMatchObject({ name: 'AbortError' })
    await expect(uplinkWith().upload(small, { resume: begun })).rejects.toMatchObject({ code: 'source' })
    await uplinkWith().abort(begun)
    await uplinkWith().abort(begun)
    await expect(uplinkWith().upload(large, { resume: begun })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/aborted/u),
    })
  })
})

async function resourcesNamed(name: string): Promise<readonly unknown[]> {
  const { resources } = await uplinkWith().action<{ readonly resources: readonly JsonObject[] }>('package_show', {
    id: dataset(),
  })
  return resources.filter((resource) => resource['name'] === name).map(({ id }) => id)
}
