import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectStore } from '@ckan-uplink/core'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { openLocal } from '@ckan-uplink/operations/clouds/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCliProcess, startCli } from '../../../packages/cli/test/support/cli.ts'
import type { Answer } from '../../support/ckan-calls.ts'
import { liveSitesNamed } from '../support/sites.ts'
import { type Edition, openEdition } from './edition.ts'

const FILES = 30
const JOURNAL = 'moved.jsonl'

describe.each(liveSitesNamed('2.11'))('moving the files of s3filestore on CKAN $name', (site) => {
  let edition: Edition
  let store: ObjectStore
  let dataset: string
  /** What each resource has to show at the end, by its id. */
  const contents = new Map<string, string>()
  let before: ReadonlyMap<string, Answer>

  beforeAll(async () => {
    edition = await openEdition(site)
    const folder = join(edition.folder, 'local')
    const { settings } = JSON.parse(await readFile(join(folder, 'instance.json'), 'utf8'))
    const needs = { variable: () => '', missing: (sentence: string) => expect.fail(sentence) }
    const known = { settings: readFrom(settings, readSettings), needs, env: {} }
    store = (await openLocal({ endpoint: settings.R2_S3_ENDPOINT, folder }, known)).store
    const files = Array.from({ length: FILES }, (_, index) => ({
      url: `file-${index}.txt`,
      url_type: 'upload',
      name: `File ${index}`,
    }))
    const made = await edition.newDataset(files)
    dataset = made.id
    for (const [index, id] of made.resources.entries()) {
      contents.set(id, `content ${index}\n`)
      await store.put(keyOf(id, `file-${index}.txt`), new TextEncoder().encode(`content ${index}\n`))
    }
    before = await showResources()
  }, 120_000)
  afterAll(() => edition?.close())

  const keyOf = (id: string, name: string) => `ckan/resources/${id}/${name}`

  async function showResources(): Promise<ReadonlyMap<string, Answer>> {
    const { resources } = await edition.dataset(dataset)
    return new Map(resources.map((resource: Answer) => [resource.id, resource]))
  }

  /** The fields that do not belong to a file. */
  function othersOf(resource: Answer): object {
    const { url, url_type, format, mimetype, size, hash, last_modified, metadata_modified, ...others } = resource
    return others
  }

  const options = () => ({
    cwd: edition.folder,
    program: 'npm run uplink' as const,
    env: {
      LOCAL_DIR: join(edition.folder, 'local'),
      CKAN_API_TOKEN: site.tokens.admin,
      XDG_STATE_HOME: edition.folder,
    },
  })
  const args = (...more: readonly string[]) => [
    ...['migrate-bucket', '--from', 's3filestore', '--path', 'ckan', '--dataset', dataset],
    ...['--journal', JOURNAL, '--json', ...more],
  ]
  const journalLength = async () => (await readFile(join(edition.folder, JOURNAL), 'utf8').catch(() => '')).length

  async function download(url: string): Promise<string> {
    const response = await fetch(url, { headers: { Authorization: site.tokens.editor } })
    return response.ok ? response.text() : String(response.status)
  }

  it('moves all while people edit and the command is killed', async () => {
    const [first = '', second = ''] = before.keys()
    const running = startCli(args('--fix'), options())
    const gone = new Promise((resolve) => running.once('close', resolve))
    await expect.poll(journalLength, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0)
    await edition.act('resource_patch', { id: first, description: 'A note of a person.' })
    running.kill('SIGKILL')
    await gone
    await edition.act('resource_patch', { id: second, url: 'https://example.org/mine.txt', url_type: '' })
    const again = await runCliProcess(args('--fix'), options())
    expect([0, 1], again.stderr).toContain(again.code)

    const shown = await showResources()
    expect(shown.get(second)).toMatchObject({ url: 'https://example.org/mine.txt' })
    for (const [id, resource] of shown) {
      if (id === second) continue
      expect(resource.url).toContain(edition.gateway)
      expect(await download(resource.url)).toBe(contents.get(id))
      const note = id === first ? { description: 'A note of a person.' } : {}
      expect(othersOf(resource)).toEqual({ ...othersOf(before.get(id)), ...note })
    }
    const { stdout } = await runCliProcess(args(), options())
    expect(linesOf(stdout).at(-1)).toMatchObject({ files: 0 })
  }, 180_000)

  it('exports every byte of the moved files', async () => {
    const { code, stderr } = await runCliProcess(['export', '--dataset', dataset, '--output', 'out', '--json'], {
      cwd: edition.folder,
      env: { CKAN_UPLINK_GATEWAY: edition.gateway, CKAN_API_TOKEN: site.tokens.editor },
    })
    expect(code, stderr).toBe(0)
    const descriptor = JSON.parse(await readFile(join(edition.folder, 'out', 'datapackage.json'), 'utf8'))
    expect(descriptor).toMatchObject({
      $schema: 'https://datapackage.org/profiles/2.0/datapackage.json',
      id: dataset,
      name: expect.stringMatching(/^[a-z0-9._-]+$/u),
    })
    expect(descriptor.resources).toHaveLength(FILES)
    const saved = descriptor.resources.filter(({ bytes }: Answer) => bytes !== undefined)
    expect(saved).toHaveLength(FILES - 1)
    for (const { name, path, bytes, hash } of saved) {
      const content = await readFile(join(edition.folder, 'out', path))
      expect([content.toString(), content.length]).toEqual([contents.get(name), bytes])
      expect(hash).toBe(`sha256:${createHash('sha256').update(content).digest('hex')}`)
    }
  }, 60_000)

  it('goes back to the former URLs', async () => {
    const { code, stderr } = await runCliProcess(['migrate-bucket', '--undo', JOURNAL, '--fix', '--json'], options())
    expect(code, stderr).toBe(0)
    const shown = await showResources()
    expect(shown.size).toBe(FILES)
    const changed = [...shown].filter(([id, { url, url_type }]) => {
      const former = before.get(id)
      return url !== former.url || url_type !== former.url_type
    })
    expect(changed.map(([, { url }]) => url)).toEqual(['https://example.org/mine.txt'])
  }, 60_000)
})
