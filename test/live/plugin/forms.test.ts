import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { only } from '../../support/ckan-calls.ts'
import { fieldsOf, type Person } from '../support/person.ts'
import { liveSitesNamed } from '../support/sites.ts'
import { openPluginRoad, type PluginRoad } from './plugin-road.ts'

const THEIRS = 'https://data.example.org/theirs.csv'

describe.each(liveSitesNamed('2.10', '2.11', '2.12'))("CKAN's own form, in CKAN $name with the plugin", (site) => {
  let road: PluginRoad
  let editor: Person
  beforeAll(async () => {
    road = await openPluginRoad(site)
    editor = await road.enter('editor')
  })
  afterAll(() => road?.close())

  /** A dataset whose resource the editor changes in CKAN's form. */
  async function start(fields: object = {}) {
    const dataset = await road.newDataset([fields])
    const id = only(dataset)
    const address = `${site.url}/dataset/${dataset.id}/resource/${id}/edit`
    const open = async () => {
      const page = await editor.visit(address)
      expect(page.status).toBe(200)
      const { clear_upload: _, ...shown } = fieldsOf(formIn(page.text))
      return shown
    }
    const save = async (shown: Readonly<Record<string, string>>, changes: object = {}) => {
      const page = await editor.send(address, { ...shown, save: 'go-metadata', ...changes })
      expect(page.status).toBe(200)
      return page
    }
    // No table: a loader would change the resource meanwhile.
    const link = async (content = 'Ozone', name = 'notes.txt') => {
      const ticket = await road.upload(id, content, { name })
      expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
      return pick(await road.resource(id))
    }
    return { id, open, save, link, shows: async () => pick(await road.resource(id)) }
  }

  it('keeps a file that was linked while the form was open, and what the editor wrote', async () => {
    const { id, open, save, link, shows } = await start()
    for (const name of ['Ozone', 'Ozone again']) {
      const form = await open()
      const linked = await link(`${name}\n`)
      await save(form, { name })
      expect(await shows()).toEqual(linked)
      expect((await road.resource(id)).name).toBe(name)
    }
  })

  it('keeps a file that was linked before the form was opened', async () => {
    const { open, save, link, shows } = await start()
    const linked = await link()
    for (const description of ['In micrograms', 'In milligrams']) {
      await save(await open(), { description })
      expect(await shows()).toEqual(linked)
    }
  })

  it('does not stop an upload that is linked after the form was saved', async () => {
    for (const fields of [{}, { url: THEIRS }]) {
      const { id, open, save } = await start(fields)
      const ticket = await road.askForUrl(id, { name: 'table.csv' })
      await save(await open(), { description: 'Before the file' })
      await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: 'a\n1\n' })
      expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
      expect(await road.resource(id)).toMatchObject({ description: 'Before the file', size: 4 })
    }
  })

  it('keeps the format that came with the file, unless the editor chose another one', async () => {
    const { open, save, link, shows } = await start()
    const form = await open()
    await link('{}', 'table.json')
    await save(form)
    expect((await shows()).format).toBe('JSON')
    await save(await open(), { format: 'GeoJSON' })
    expect(await shows()).toMatchObject({ format: 'GeoJSON', url: expect.stringMatching(/table\.json$/u) })
  })

  it('takes another URL that the editor chose, and an empty one', async () => {
    const { open, save, link, shows } = await start()
    const form = await open()
    await link()
    await save(form, { url: THEIRS })
    expect((await shows()).url).toBe(THEIRS)
    await link('again\n')
    await save(await open(), { url: '' })
    expect((await shows()).url).toBe('')
  })

  it('remembers what it showed when it comes back with an error', async () => {
    const { open, save, link, shows } = await start()
    const form = await open()
    const linked = await link()
    const page = await save(form, { size: 'large' })
    expect(page.text).toContain('resource-edit')
    const { size: _, ...again } = fieldsOf(formIn(page.text))
    await save(again, { description: 'Without the error' })
    expect(await shows()).toEqual(linked)
  })

  it('leaves calls of the API as they are', async () => {
    const { id, link, shows } = await start()
    await link()
    await road.act('resource_patch', { id, url: '' })
    expect((await shows()).url).toBe('')
  })
})

function formIn(html: string): string {
  return /<form id="resource-edit"[\s\S]*?<\/form>/u.exec(html)?.[0] ?? ''
}

/** The fields that an upload owns. */
function pick({ url, url_type, format, mimetype, size, hash, last_modified }: Readonly<Record<string, unknown>>) {
  return { url, url_type, format, mimetype, size, hash, last_modified }
}
