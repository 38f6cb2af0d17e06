import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CkanStandIn, type CkanStandInOptions, startCkanStandIn } from '@ckan-uplink/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('the state of the stand-in', () => {
  let folder: string
  let stateFile: string
  const running: CkanStandIn[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ckan-stand-in-'))
    stateFile = join(folder, 'deep', 'ckan.json')
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((ckan) => ckan.close()))
    await rm(folder, { recursive: true })
  })

  async function start(options: CkanStandInOptions = {}): Promise<CkanStandIn> {
    const ckan = await startCkanStandIn({ stateFile, ...options })
    running.push(ckan)
    return ckan
  }
  async function call(ckan: CkanStandIn, action: string, params: object = {}) {
    const headers = { 'Content-Type': 'application/json', Authorization: ckan.tokens.editor }
    const response = await fetch(`${ckan.url}/api/3/action/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(params),
    })
    return (await response.json()).result
  }

  it('keeps every digit of a number, also after another change and a restart', async () => {
    const first = await start()
    const [id = ''] = first.resources
    const fields = '"osm_id": 12345678901234567890, "share": 1.0, "nested": {"small": 1e-400}'
    const act = async (ckan: CkanStandIn, action: string, body: string) => {
      const headers = { 'Content-Type': 'application/json', Authorization: ckan.tokens.editor }
      const response = await fetch(`${ckan.url}/api/3/action/${action}`, { method: 'POST', headers, body })
      return response.text()
    }
    await act(first, 'resource_patch', `{"id": "${id}", ${fields}}`)
    await act(first, 'resource_patch', `{"id": "${id}", "osm_id": 12345678901234567891, "name": "Stops"}`)
    await first.close()
    const second = await start()
    const shown = await act(second, 'resource_show', JSON.stringify({ id }))
    expect(shown).toContain('"osm_id":12345678901234567891')
    expect(shown).toContain('"share":1.0')
    expect(shown).toContain('"nested":{"small":1e-400}')
  })

  it('survives a restart, tokens and ids included', async () => {
    const first = await start()
    const [id = ''] = first.resources
    await call(first, 'resource_patch', { id, url: 'https://files.example.org/a', custom: { x: [1] } })
    await call(first, 'package_create', { name: 'made-before', owner_org: first.organization })
    await first.close()
    const second = await start()
    expect([second.tokens, second.dataset, second.resources]).toEqual([first.tokens, first.dataset, first.resources])
    expect(await call(second, 'resource_show', { id })).toMatchObject({
      url: 'https://files.example.org/a',
      custom: { x: [1] },
    })
    expect(await call(second, 'package_list')).toEqual(['air-quality', 'made-before'])
  })

  it('is on disk before a write is answered, however many there are at once', async () => {
    const first = await start()
    const names = Array.from({ length: 30 }, (_, index) => `dataset-${index + 10}`)
    await Promise.all(names.map((name) => call(first, 'package_create', { name, owner_org: first.organization })))
    const second = await start()
    expect(await call(second, 'package_list')).toEqual(['air-quality', ...names])
  })

  it('is readable to its owner alone, and no half-written file is left', async () => {
    const ckan = await start()
    await call(ckan, 'package_patch', { id: ckan.dataset, notes: 'new' })
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'deep'))).toEqual(['ckan.json'])
  })

  it('is not overwritten when it cannot be read', async () => {
    stateFile = join(folder, 'ckan.json')
    await writeFile(stateFile, 'not JSON')
    await expect(start()).rejects.toThrow(`${stateFile} can't be read`)
  })

  it('begins with an organization, a dataset and three resources that the editor may change', async () => {
    const ckan = await start()
    const dataset = await call(ckan, 'package_show', { id: ckan.dataset })
    expect(dataset).toMatchObject({ state: 'active', private: false, organization: { name: ckan.organization } })
    expect(dataset.resources.map((resource: { id: string }) => resource.id)).toEqual(ckan.resources)
    expect(dataset.resources).toMatchObject([
      { url: '' },
      { url: 'http://example.org/old.csv', format: 'CSV', station_count: 12 },
      { name: 'Stations', format: 'JSON' },
    ])
    expect(new Set(Object.values(ckan.tokens)).size).toBe(4)
  })

  it('follows the clock that it is given', async () => {
    const ckan = await start({ clock: () => new Date('2030-01-02T03:04:05Z') })
    const response = await fetch(`${ckan.url}/api/3/action/status_show`)
    expect(response.headers.get('date')).toBe('Wed, 02 Jan 2030 03:04:05 GMT')
    await call(ckan, 'package_patch', { id: ckan.dataset, notes: 'new' })
    expect((await call(ckan, 'package_show', { id: ckan.dataset })).metadata_modified).toMatch(/^2030-01-02T03:04:05/u)
  })

  it('says that the port is taken', async () => {
    const { port } = new URL((await start()).url)
    await expect(start({ port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('introduces itself to a browser', async () => {
    const ckan = await start({ version: '2.12' })
    expect(await (await fetch(ckan.url)).text()).toContain('built-in CKAN')
  })
})
