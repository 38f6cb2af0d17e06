import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCliProcess } from '../../../packages/cli/test/support/cli.ts'
import { only } from '../../support/ckan-calls.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSites } from '../support/sites.ts'

const CSV = 'city,population\n東京,13960000\n'

describe.each(liveSites())('the client before CKAN $name', (site) => {
  let road: Road
  let folder: string
  let editor: Uplink
  beforeAll(async () => {
    road = await openRoad(site)
    folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-client-'))
    editor = createUplink({ gateway: road.gateway, token: site.tokens.editor })
  })
  afterAll(async () => {
    await road?.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('uploads to an existing and to a new resource, in one piece and in parts', async () => {
    const dataset = await road.newDataset([{ name: 'Cities' }])
    const path = join(folder, '都市.csv')
    await writeFile(path, CSV)
    const source = await openAsBlob(path)
    for (const multipart of [false, true]) {
      for (const target of [{ resource: only(dataset) }, { dataset: dataset.id }]) {
        const { id, resource } = await editor.upload(source, { ...target, name: '都市.csv', multipart, checksum: true })
        await editor.waitFor(id, 'linked')
        const { url, size, format } = await road.resource(resource)
        expect({ size, format }).toEqual({ size: Buffer.byteLength(CSV), format: 'CSV' })
        expect(await (await fetch(url)).text()).toBe(CSV)
      }
    }
    expect((await road.dataset(dataset.id)).resources.length).toBe(3)
  })

  it('lists each dataset once, private datasets too, over several pages', async () => {
    // Letters only, because CKAN's search splits a word at digits.
    const word = crypto.randomUUID().replace(/[\d-]/gu, 'x')
    const made = []
    for (let index = 0; index < 5; index += 1)
      made.push((await road.newDataset(1, { title: `${word} ${index}`, private: index === 2 })).id)
    const seen = []
    for await (const { id } of editor.datasets({ pageSize: 2, fq: `title:${word}` })) seen.push(id)
    expect(seen.toSorted()).toEqual(made.toSorted())
    const anonymous = []
    for await (const { id } of createUplink({ gateway: road.gateway }).datasets({ pageSize: 2, fq: `title:${word}` }))
      anonymous.push(id)
    expect(anonymous.toSorted()).toEqual(made.toSpliced(2, 1).toSorted())
  })

  it('finds a dataset by a title with quotation marks', async () => {
    const title = `Air "quality": (PM2.5) ${crypto.randomUUID()}`
    const { id } = await road.newDataset(1, { title })
    expect(await editor.findDataset(title)).toMatchObject({ id })
    expect(await editor.findDataset(title.toUpperCase())).toMatchObject({ id })
    expect(await editor.findDataset(title.slice(0, -1))).toBeUndefined()
    const near = await editor.similarDatasets(`Are "quality": (PM2.5) ${title.slice(-12)}`)
    expect(near.map((dataset) => dataset.title)).toContain(title)
  })

  it('creates working tokens, lists them, and revokes all matching tokens except its own', async () => {
    const { name } = await editor.action<{ readonly name: string }>('user_show')
    const ours = `client-${crypto.randomUUID()}`
    const own = await editor.tokens.create(name, `${ours} in use`)
    const env = { CKAN_UPLINK_GATEWAY: road.gateway, CKAN_API_TOKEN: own }
    const cli = (...args: readonly string[]) => runCliProcess(['token', ...args], { cwd: folder, env })
    const created = await cli('create', `${ours} nightly`)
    expect(
      await createUplink({ gateway: road.gateway, token: created.stdout.trim() }).action('user_show'),
    ).toMatchObject({ name })
    const listed = linesOf((await cli('list', '--json')).stdout).filter((token) =>
      String(token['name']).startsWith(ours),
    )
    expect(listed).toMatchObject([
      { name: `${ours} in use`, last_access: expect.any(String) },
      { name: `${ours} nightly`, last_access: expect.any(String) },
    ])
    const revoked = await cli('revoke', '--name-like', ours.toUpperCase(), '--yes')
    expect(revoked).toMatchObject({ code: 0, stderr: expect.stringContaining('The token in use matches, too') })
    const left = (await editor.tokens.list(name)).filter((token) => token.name.startsWith(ours))
    expect(left).toMatchObject([{ name: `${ours} in use` }])
    expect(await cli('revoke', '--', left[0]?.id ?? '')).toMatchObject({ code: 0 })
    expect(await cli('list')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('revoked, has expired or is mistyped'),
    })
  })

  it('calls CKAN by GET where possible, and else by POST', async () => {
    const methods: string[] = []
    const send: typeof fetch = (input, init) => {
      methods.push(init?.method ?? 'GET')
      return fetch(input, init)
    }
    const reader = createUplink({ gateway: site.url, fetch: send })
    expect(await reader.action('status_show')).toMatchObject({ site_url: site.url })
    // The servers of CKAN, except 2.10, refuse an address of this length.
    const q = `title:nothing${' '.repeat(100_000)}`
    expect(await reader.action('package_search', { q })).toMatchObject({ count: 0 })
    expect(methods).toEqual(['GET', 'GET', ...(site.version === '2.10' ? [] : ['POST'])])
  })
})
