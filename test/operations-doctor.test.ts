import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink } from '@ckan-uplink/client'
import { HOUR_MS } from '@ckan-uplink/core/support'
import { DEFAULT_KEY_PREFIX, PROBE_PREFIX } from '@ckan-uplink/core/uploads'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ended, runCli } from '../packages/cli/test/support/cli.ts'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

let folder: string
let whole: LocalHandle
let broken: OperatedEdition

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-doctor-'))
  whole = await startLocal({
    folder: join(folder, '.local'),
    ports: await choosePorts('0'),
    settings: { ALLOWED_ORIGINS: 'http://localhost:3000' },
  })
  broken = await openOperatedEdition({
    ckan: { clock: () => new Date(Date.now() + HOUR_MS), extensions: ['xloader'] },
    // This edition loses its notifications.
    local: { settings: { LOADER: 'datapusher' }, delaysMs: () => [] },
  })
})
afterAll(async () => {
  await broken?.close()
  await whole?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The faults by the name of the check. */
function wrongIn(ended: Ended): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    linesOf(ended).flatMap(({ check, state, found }) => (state === 'wrong' ? [[String(check), found]] : [])),
  )
}

function doctor(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  return runCli(['doctor', ...args], { cwd: folder, program: 'npm run uplink', env })
}

describe('doctor', () => {
  it('finds no fault in a fresh local edition and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await doctor()
    expect([code, stderr]).toEqual([0, ''])
    for (const sign of ['✘', '\u001b']) expect(stdout).not.toContain(sign)
    expect(stdout).toMatch(/^✔ probe upload .* the linker received the notification after \d+\.\d s$/mu)
    expect((await doctor(['--json'])).stdout).toContain('"check":"parked messages","state":"right"')
  })

  it('opens a private file by a grant of the plugin', async () => {
    const [resource = ''] = whole.resources ?? []
    const uplink = createUplink({ gateway: whole.gateway, token: whole.tokens?.editor ?? '' })
    await uplink.action('package_patch', { id: whole.dataset, private: true })
    const { id } = await uplink.upload(new Blob(['a,b\n1,2\n']), { resource, name: 'table.csv' })
    await uplink.waitFor(id, 'linked')
    expect((await doctor(['--no-probe'])).stdout).toContain(`the file of the resource ${resource} opens by a grant`)
  })

  it('removes the objects of earlier probes', async () => {
    const key = 'uplink/parked/0123456789abcdef0123456789abcdef.json'
    const event = { bucket: 'ckan-uplink', key: `${DEFAULT_KEY_PREFIX}${PROBE_PREFIX}1`, kind: 'created' }
    const parked = {
      version: 1,
      parked_at: '2026-01-01T00:00:00.000Z',
      reason: 'It does not exist in CKAN.',
      what_to_do: 'Drop this.',
      event,
    }
    await broken.store.put(key, new TextEncoder().encode(JSON.stringify(parked)))
    await broken.operate('doctor --timeout 1')
    expect(await broken.store.head(key)).toBeUndefined()
  })

  it('reports each fault and continues', async () => {
    const ended = await broken.operate('doctor --json --timeout 2')
    expect(ended.code).toBe(1)
    expect(wrongIn(ended)).toEqual({
      loader: 'LOADER is datapusher, a plugin that is not installed in this CKAN.',
      "CKAN's clock": expect.stringMatching(/^It is 3(?:599|600) s ahead of this machine\.$/u),
      'probe upload': 'The linker did not receive the notification within 2 s.',
    })
    const { stdout } = await broken.operate('doctor --no-probe')
    expect(stdout).toMatch(/^✘ loader .*\n +→ Add datapusher to ckan.plugins/mu)
    expect(stdout).not.toContain('probe')
  })

  it('says that the linker waits for a valid token', async () => {
    const note = { version: 1, tried_at: new Date().toISOString(), valid: false, detail: 'There is no secret.' }
    await broken.store.put('uplink/token.json', new TextEncoder().encode(JSON.stringify(note)))
    expect(wrongIn(await broken.operate('doctor --json --timeout 1'))).toMatchObject({
      'probe upload': expect.stringMatching(/^The linker waits for a valid service token\..*: There is no secret\.$/u),
    })
    await broken.store.remove('uplink/token.json')
  })

  it('names the owner of the token, or says that CKAN does not know it', async () => {
    const { editor } = broken.ckan.tokens
    expect(wrongIn(await broken.operate('doctor --json --no-probe', { CKAN_API_TOKEN: editor }))).toMatchObject({
      'CKAN token': expect.stringContaining(', who is not a sysadmin'),
    })
    expect(wrongIn(await broken.operate('doctor --json --no-probe', { CKAN_API_TOKEN: 'mistyped' }))).toMatchObject({
      'CKAN token': expect.stringContaining('does not know'),
    })
  })

  it('names files that the resource has lost, while the resource has no URL', async () => {
    const { resources } = await broken.newDataset([{}, { url: 'https://example.org/back.csv' }])
    const [lost = '', restored = ''] = resources
    const note = { version: 1, lost: { [lost]: 'upload-1', [restored]: 'upload-2', 'resource-gone': 'upload-3' } }
    await broken.store.put('uplink/reconcile.json', new TextEncoder().encode(JSON.stringify(note)))
    const { stdout } = await broken.operate('doctor --no-probe')
    expect(stdout).toMatch(
      /^• lost files +CKAN showed a file of 1 resource, .*restore it: ckan-uplink versions restore/mu,
    )
    expect(stdout).toContain(`versions restore ${lost} upload-1\n`)
    await broken.store.remove('uplink/reconcile.json')
    expect((await broken.operate('doctor --no-probe')).stdout).toMatch(/^• lost files +not known yet/mu)
    await broken.store.put('uplink/records-complete.json', new TextEncoder().encode('{}'))
    expect((await broken.operate('doctor --no-probe')).stdout).toMatch(/^✔ lost files /mu)
  })

  it('counts parked messages', async () => {
    await broken.store.put('uplink/parked/0123.json', new TextEncoder().encode('{}'))
    expect(wrongIn(await broken.operate('doctor --json --no-probe'))).toMatchObject({
      'parked messages': '1 message is parked.',
    })
    await broken.store.remove('uplink/parked/0123.json')
  })

  it('reports a storage and a gateway that do not answer', async () => {
    const elsewhere = join(folder, 'elsewhere')
    await mkdir(join(elsewhere, '.local'), { recursive: true })
    const settings = { ...whole.settings, GATEWAY_URL: 'http://127.0.0.1:9', R2_S3_ENDPOINT: 'http://127.0.0.1:9' }
    await writeFile(join(elsewhere, '.local', 'instance.json'), JSON.stringify({ ...whole, settings }))
    await copyFile(join(folder, '.local', 'credentials.json'), join(elsewhere, '.local', 'credentials.json'))
    const ended = await runCli(['doctor', '--json'], { cwd: elsewhere, program: 'npm run uplink', env: {} })
    expect(ended.code).toBe(1)
    expect(Object.keys(wrongIn(ended))).toEqual([
      'gateway',
      'gateway is ready',
      "gateway's clock",
      "storage's clock",
      'plugin for CKAN',
      'bucket',
      'parked messages',
      'lost files',
      'browsers at the gateway',
      'browsers at the bucket',
      'upload page',
      'browsers that read',
      'probe upload',
    ])
    expect(ended.stdout).toContain('"check":"CKAN","state":"right"')
  })
})
