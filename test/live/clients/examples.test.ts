import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installClients, runScript } from './python.ts'

const execute = promisify(execFile)
const EXAMPLES = '../../../examples'
const CSV = '都市,人口\n東京,13960000\n'
/** Two parts. */
const LARGE = 'city,population\n'.repeat(1.25 * 1024 ** 2)

let folder: string
let local: LocalHandle
let editor: Uplink
let small: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-examples-'))
  small = join(folder, '都市 & more.csv')
  await writeFile(small, CSV)
  await installClients()
  local = await startLocal({ folder: join(folder, 'local'), ports: await choosePorts('0') })
  editor = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

async function newResource(): Promise<string> {
  const { id } = await editor.action<{ readonly id: string }>('resource_create', {
    package_id: local.dataset,
    name: 'Cities',
  })
  return id
}

async function contentOf(resource: string): Promise<string> {
  const { url } = await editor.action<{ readonly url: string }>('resource_show', { id: resource })
  return (await fetch(url)).text()
}

function python(script: string, args: readonly string[]): Promise<string> {
  return runScript(`${EXAMPLES}/python/${script}`, [local.gateway, ...args], {
    CKAN_API_TOKEN: local.tokens?.editor ?? '',
  })
}

describe('an example uploads a file', () => {
  it('by curl', async () => {
    const resource = await newResource()
    expect(await curl(resource, local.tokens?.editor)).toBe('linked\n')
    expect(await contentOf(resource)).toBe(CSV)
  })

  it('by curl, and fails for a token that CKAN does not know', async () => {
    await expect(curl(await newResource(), 'wrong')).rejects.toThrow('403')
  })

  it('by Python', async () => {
    const resource = await newResource()
    expect(await python('upload.py', [resource, small])).toContain("'format': 'CSV'")
    expect(await contentOf(resource)).toBe(CSV)
  })

  it.each(['upload.py', 'with_ckanapi.py'])('by Python, also an empty one: %s', async (script) => {
    const empty = join(folder, 'empty.csv')
    await writeFile(empty, '')
    const resource = await newResource()
    const output = await python(script, [script === 'upload.py' ? resource : (local.dataset ?? ''), empty])
    const linked = script === 'upload.py' ? resource : (await editor.waitFor(output.trim(), 'linked')).entity.id
    expect(await contentOf(linked)).toBe('')
  })

  it('by Python, in parts', async () => {
    const resource = await newResource()
    const large = join(folder, 'large.csv')
    await writeFile(large, LARGE)
    const id = (await python('upload_in_parts.py', [resource, large])).trim()
    await editor.waitFor(id, 'linked')
    expect((await contentOf(resource)) === LARGE).toBe(true)
  })

  it('by ckanapi, to a new resource', async () => {
    const id = (await python('with_ckanapi.py', [local.dataset ?? '', small])).trim()
    const { entity } = await editor.waitFor(id, 'linked')
    expect(await contentOf(entity.id)).toBe(CSV)
  })
})

async function curl(resource: string, token = ''): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', CKAN_API_TOKEN: token }
  const script = join(import.meta.dirname, EXAMPLES, 'curl/upload.sh')
  return (await execute(script, [local.gateway, resource, small], { env, timeout: 240_000 })).stdout
}
