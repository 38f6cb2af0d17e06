import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import Uppy, { type UppyFile } from '@uppy/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { CkanUplink, type CkanUplinkBody, type CkanUplinkOptions } from '../src/index.ts'

type Meta = Record<string, unknown>
type File_ = UppyFile<Meta, CkanUplinkBody>

const MIB = 1024 ** 2
/** Two parts. */
const LARGE = new Uint8Array(17 * MIB)

let folder: string
let local: LocalHandle

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  local = await startLocal({ folder, ports: await choosePorts('0') })
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(() => vi.restoreAllMocks())

const logger = { debug() {}, warn() {}, error() {} }

function openUppy(options: Partial<CkanUplinkOptions> = {}) {
  const place = 'resource' in options || 'link' in options ? {} : { dataset: local.dataset }
  const given = { gateway: local.gateway, token: local.tokens?.editor, ...place, ...options }
  return new Uppy<Meta, CkanUplinkBody>({ logger }).use(CkanUplink, given)
}
const nameOf = (input: unknown) => /action\/(\w+)/u.exec(String(input))?.[1] ?? ''

type Send = () => Promise<Response>

/** The actions that are called from now on. `answer` may delay or replace an answer. */
function watchActions(answer: (send: Send, action: string, url: string) => Promise<Response> = (send) => send()) {
  const actions: string[] = []
  const send = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const action = nameOf(input)
    if (action) actions.push(action)
    return answer(() => send(input, init), action, String(input))
  })
  return actions
}

async function resources() {
  const { action } = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
  type Shown = { readonly resources: readonly { readonly id: string; readonly name: string; readonly url: string }[] }
  return (await action<Shown>('package_show', { id: local.dataset })).resources
}
const namesOf = (files: readonly File_[] | undefined) => files?.map(({ name }) => name)

describe('Uppy', () => {
  it('uploads a folder with one request for its resources, and knows their addresses in CKAN', async () => {
    const uppy = openUppy()
    const progress: number[] = []
    uppy.on('upload-progress', (_file, { bytesUploaded }) => progress.push(bytesUploaded))
    const data = new File(['city\nKyiv\n'], 'cities.csv', { type: 'text/csv' })
    uppy.addFile({ name: 'cities.csv', type: 'text/csv', data, meta: { relativePath: 'uppy/cities.csv' } })
    uppy.addFile({ name: 'notes.txt', type: 'text/plain', data: new Blob(['notes']) })
    const actions = watchActions()
    const result = await uppy.upload()
    expect(result?.failed).toEqual([])
    const shown = await resources()
    for (const [name, at] of [
      ['uppy/cities.csv', 0],
      ['notes.txt', 1],
    ] as const) {
      const resource = shown.find((found) => found.name === name)
      expect(result?.successful?.[at]).toMatchObject({
        uploadURL: resource?.url,
        response: { status: 200, body: { resource: resource?.id, upload: expect.any(String), state: 'linked' } },
        progress: { uploadComplete: true, percentage: 100 },
      })
      expect(resource?.url).toContain(local.gateway)
    }
    expect(progress).toContain(data.size)
    expect(actions.filter((name) => name === 'dataset_upload')).toHaveLength(1)
    expect(actions).not.toContain('upload_show')
  })

  it('uploads a file by the name that a person gave it', async () => {
    const uppy = openUppy()
    const id = uppy.addFile({ name: 'draft.csv', data: new File(['a\n1\n'], 'draft.csv') })
    uppy.setFileMeta(id, { name: 'final.csv' })
    await uppy.upload()
    expect((await resources()).map(({ name }) => name)).toContain('final.csv')
  })

  it("shows the gateway's reason, and uploads the file when the person tries again", async () => {
    const uppy = openUppy()
    const id = uppy.addFile({ name: 'fault.csv', data: new File(['a\n1\n'], 'fault.csv') })
    const error = { __type: 'Authorization Error', message: 'Access denied: not today.' }
    let isRefused = true
    watchActions(async (send, action) =>
      action === 'dataset_upload' && isRefused ? Response.json({ success: false, error }, { status: 403 }) : send(),
    )
    expect(namesOf((await uppy.upload())?.failed)).toEqual(['fault.csv'])
    expect(uppy.getFile(id).error).toContain('not today')
    isRefused = false
    expect(namesOf((await uppy.retryUpload(id))?.successful)).toEqual(['fault.csv'])
  })

  it('pauses a file and goes on with the parts that are missing', async () => {
    const uppy = openUppy()
    const id = uppy.addFile({ name: 'large.bin', data: new File([LARGE], 'large.bin') })
    const parts: string[] = []
    watchActions(async (send, _action, url) => {
      const part = /partNumber=\d/u.exec(url)?.[0]
      if (part === undefined) return send()
      // The second part gets nowhere before the person pauses.
      const isStuck = part === 'partNumber=2' && !parts.includes('stuck')
      if (isStuck) return new Promise((_resolve, reject) => parts.push('stuck') && uppy.once('upload-pause', reject))
      return send().finally(() => parts.push(part))
    })
    const uploading = uppy.upload()
    await expect.poll(() => parts.toSorted()).toEqual(['partNumber=1', 'stuck'])
    expect(uppy.pauseResume(id)).toBe(true)
    expect(uppy.getFile(id)).toMatchObject({ isPaused: true })
    expect(uppy.pauseResume(id)).toBe(false)
    expect(namesOf((await uploading)?.successful)).toEqual(['large.bin'])
    expect(parts.at(-1)).toBe('partNumber=2')
    expect(parts).toHaveLength(3)
  })

  it('cancels a file with its new resource, and the others go on', async () => {
    const uppy = openUppy()
    const gone = uppy.addFile({ name: 'gone.bin', data: new File([LARGE], 'gone.bin') })
    uppy.addFile({ name: 'stays.csv', data: new File(['a\n1\n'], 'stays.csv') })
    const actions = watchActions(async (send, _action, url) => {
      if (url.includes('partNumber=')) await new Promise((resolve) => uppy.once('file-removed', resolve))
      return send()
    })
    const uploading = uppy.upload()
    await expect.poll(() => actions).toContain('upload_sign_parts')
    uppy.removeFile(gone)
    expect(namesOf((await uploading)?.successful)).toEqual(['stays.csv'])
    await expect.poll(async () => (await resources()).map(({ name }) => name)).not.toContain('gone.bin')
    expect(actions).toContain('upload_abort')
  })

  it('pauses with the reason when the person is signed out, and goes on after another sign-in', async () => {
    let isSignedIn = false
    const token = async () => {
      if (!isSignedIn) throw new Error('Sign in again.')
      return local.tokens?.editor ?? ''
    }
    const uppy = openUppy({ token })
    const id = uppy.addFile({ name: 'session.csv', data: new File(['a\n1\n'], 'session.csv') })
    const uploading = uppy.upload()
    await expect.poll(() => uppy.getFile(id).isPaused).toBe(true)
    expect(uppy.getState().info).toMatchObject([{ message: 'Sign in again.' }])
    isSignedIn = true
    uppy.resumeAll()
    expect(namesOf((await uploading)?.successful)).toEqual(['session.csv'])
  })

  it('replaces the file of a resource, and takes one file for it', async () => {
    const [resource] = await resources()
    const uppy = openUppy({ resource: resource?.id })
    const id = uppy.addFile({ name: 'new.csv', data: new File(['a\n2\n'], 'new.csv') })
    const surplus = uppy.addFile({ name: 'more.csv', data: new File(['a\n3\n'], 'more.csv') })
    const result = await uppy.upload()
    expect(namesOf(result?.successful)).toEqual(['new.csv'])
    expect(uppy.getFile(id).uploadURL).toBe((await resources()).find((shown) => shown.id === resource?.id)?.url)
    expect(uppy.getFile(surplus).error).toBe('This place takes one file.')
  })

  it('needs a place, and files whose content is in the browser', async () => {
    const nowhere = openUppy({ dataset: undefined })
    nowhere.addFile({ name: 'a.csv', data: new File(['a'], 'a.csv') })
    await expect(nowhere.upload()).rejects.toThrow(/needs the address of a `gateway`, and a `dataset`/u)
    const uppy = openUppy()
    const remote = { companionUrl: 'https://companion.example.org', url: '/drive/1', requestClientId: 'drive' }
    const inDrive = { name: 'drive.csv', isRemote: true, data: { size: 3 }, remote } as const
    const id = uppy.addFile(inDrive)
    await uppy.upload()
    expect(uppy.getFile(id).error).toMatch(/choose the file from this device/u)
  })

  it('stops when the plugin is removed', async () => {
    const uppy = openUppy()
    uppy.addFile({ name: 'stopped.bin', data: new File([LARGE], 'stopped.bin') })
    const actions = watchActions((send, _action, url) => (url.includes('partNumber=') ? new Promise(() => {}) : send()))
    const uploading = uppy.upload()
    await expect.poll(() => actions).toContain('upload_sign_parts')
    const plugin = uppy.getPlugin('CkanUplink')
    if (plugin) uppy.removePlugin(plugin)
    await uploading
    expect(uppy.getState().capabilities.resumableUploads).toBe(false)
  })
})
