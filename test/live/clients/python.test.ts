import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import { liveSites } from '../support/sites.ts'
import { type Edition, openEdition } from './edition.ts'
import { installClients, runScript } from './python.ts'

const CSV = '都市,人口\n東京,13960000\n'

beforeAll(installClients)

describe.each(liveSites())('before CKAN $name', (site) => {
  let edition: Edition
  beforeAll(async () => {
    edition = await openEdition(site)
  })
  afterAll(() => edition?.close())

  it.each([
    ['dataset_work.py', 'creates, finds, changes and reads datasets'],
    ['new_resource.py', 'creates a resource, uploads its file and sends the answer back'],
    ['existing_resource.py', 'requests an upload to a resource, with and without declaring the file'],
    ['native_file.py', 'sends files that CKAN itself keeps'],
    ['errors.py', 'raises its own exceptions'],
  ])('ckanapi with the address of the gateway runs %s: %s', async (script) => {
    const { admin, editor, outsider } = site.tokens
    const tokens = { ADMIN_TOKEN: admin, EDITOR_TOKEN: editor, OUTSIDER_TOKEN: outsider }
    const output = await runScript(script, [], {
      GATEWAY_URL: edition.gateway,
      CKAN_URL: site.url,
      ORGANIZATION: site.organization,
      ...tokens,
    })
    expect(output).toMatch(/^(?:ok {5}.+\n)+$/u)
  })

  it('the Python example uploads a file and prints the resource', async () => {
    const dataset = await edition.newDataset([{ name: 'Cities' }])
    const file = join(edition.folder, '都市.csv')
    await writeFile(file, CSV)
    const output = await runScript('../../../examples/python/upload.py', [edition.gateway, only(dataset), file], {
      CKAN_API_TOKEN: site.tokens.editor,
    })
    const { name, format, size, url } = await edition.resource(only(dataset))
    expect({ name, format, size }).toEqual({ name: 'Cities', format: 'CSV', size: Buffer.byteLength(CSV) })
    expect(output).toContain(`'url': '${url}'`)
    expect(await (await fetch(url)).text()).toBe(CSV)
  })

  it('the Python example fails for an unknown token', async () => {
    const dataset = await edition.newDataset([{ name: 'Cities' }])
    const file = join(edition.folder, 'cities.csv')
    await writeFile(file, CSV)
    const running = runScript('../../../examples/python/upload.py', [edition.gateway, only(dataset), file], {
      CKAN_API_TOKEN: 'wrong',
    })
    await expect(running).rejects.toThrow('403 Client Error: Forbidden')
    expect((await edition.resource(only(dataset))).url).toBe('')
  })
})
