import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CliOptions, linesOf, runCliProcess, startCli } from '../../../packages/cli/test/support/cli.ts'
import type { Answer } from '../../support/ckan-calls.ts'
import type { Site } from '../support/sites.ts'
import { type Edition, openEdition } from './edition.ts'

const KILLS = 3
const MAX_RUNS = 20
/** A person's edit of this field never touches the file. */
const NOTE = 'description'
const JOURNAL = 'moved.jsonl'

/** A command that moves files, on a site whose own store is in use. */
export interface Way {
  /** The number of datasets, and of the files of each. */
  readonly sizes: readonly [number, number]
  /** The command's first words. */
  readonly words: readonly string[]
  readonly options: (edition: Edition) => CliOptions
  /** Prepares the site. */
  readonly begin?: (edition: Edition) => Promise<void>
  /** Undoes `begin`. */
  readonly end?: () => Promise<void>
}

export interface Moved {
  readonly edition: Edition
  /** The ids of the datasets. */
  readonly datasets: readonly string[]
  /** What each resource has to show, by its id. */
  readonly contents: ReadonlyMap<string, Buffer>
}

/** Tests that every file moves while people work, and goes back. `between` registers tests of the moved files. */
export function describeMove(site: Site, way: Way, between: (moved: () => Moved) => void = () => {}): void {
  const [datasets, filesEach] = way.sizes
  let edition: Edition
  let ids: readonly string[] = []
  const contents = new Map<string, Buffer>()
  const notes = new Map<string, string>()
  let before: ReadonlyMap<string, Answer>

  beforeAll(async () => {
    edition = await openEdition(site)
    await way.begin?.(edition)
    const made = Array.from({ length: datasets }, (_, index) => fillDataset(index))
    ids = (await Promise.all(made)).toSorted()
    before = await showResources()
  }, 300_000)
  afterAll(async () => {
    await way.end?.()
    await edition?.close()
  })

  async function fillDataset(index: number): Promise<string> {
    const dataset = await edition.newDataset(filesEach)
    const form = new FormData()
    form.set('match__id', dataset.id)
    for (const [place, id] of dataset.resources.entries()) {
      const content = Buffer.from(`a,b\n${index},${place}\n`)
      const name = place % 10 === 0 ? 'data.csv.gz' : place % 25 === 1 ? 'data.csv' : 'data.txt'
      contents.set(id, name.endsWith('.gz') ? gzipSync(content) : content)
      form.set(`update__resources__${place}__upload`, new Blob([new Uint8Array(contents.get(id) ?? [])]), name)
    }
    await sendForm(site, 'package_revise', form)
    return dataset.id
  }

  async function showResources(): Promise<ReadonlyMap<string, Answer>> {
    const shown = await Promise.all(ids.map((id) => edition.dataset(id)))
    return new Map(shown.flatMap(({ resources }) => resources).map((resource: Answer) => [resource.id, resource]))
  }

  /** The fields that belong neither to a file nor to a loader. */
  function othersOf(resource: Answer): object {
    const { url, url_type, format, mimetype, size, hash, last_modified, metadata_modified, ...others } = resource
    return Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('datastore_')))
  }

  const args = (...more: readonly string[]) => [
    ...way.words,
    ...['--dataset', ...ids, '--journal', JOURNAL, '--json'],
    ...more,
  ]
  const options = () => way.options(edition)
  const journalLength = async () => (await readFile(join(edition.folder, JOURNAL), 'utf8').catch(() => '')).length

  /** People write notes, and replace files in CKAN's own way, until the signal stops them. */
  async function editFiles(signal: AbortSignal): Promise<void> {
    const resources = [...contents.keys()]
    for (let turn = 0; !signal.aborted; turn += 1) {
      const id = resources[Math.floor(Math.random() * resources.length)] ?? ''
      if (turn % 3 === 0) await replaceFile(id, `new in turn ${turn}`)
      else {
        await edition.act('resource_patch', { id, [NOTE]: `Note ${turn}` })
        notes.set(id, `Note ${turn}`)
      }
    }
  }

  async function replaceFile(id: string, text: string): Promise<void> {
    const form = new FormData()
    form.set('id', id)
    form.set('upload', new Blob([text]), 'replaced.txt')
    await sendForm(site, 'resource_patch', form)
    contents.set(id, Buffer.from(text))
    // CKAN can mix two writes at the same moment. The person sees a broken link, and uploads the file again.
    if ((await edition.resource(id)).url === 'http://replaced.txt') await replaceFile(id, text)
  }

  async function expectContents(): Promise<void> {
    for (const [id, { url }] of await showResources()) {
      const found = await download(url, { Authorization: site.tokens.admin })
      expect(found.equals(contents.get(id) ?? Buffer.of()), `${id} ${url}`).toBe(true)
    }
  }

  it(`moves ${datasets * filesEach} files while people work and the command is killed ${KILLS} times`, async () => {
    const stop = new AbortController()
    const people = editFiles(stop.signal)
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const length = await journalLength()
      const running = startCli(args('--fix'), options())
      const gone = new Promise((resolve) => running.once('close', resolve))
      await expect.poll(journalLength, { interval: 5 }).toBeGreaterThan(length)
      await sleep(Math.random() * 300)
      running.kill('SIGKILL')
      await gone
    }
    const late = await runCliProcess(args('--fix'), options())
    stop.abort()
    await people
    expect([0, 1], late.stderr).toContain(late.code)
    let runs = 0
    for (let left = 1; left > 0 && runs < MAX_RUNS; runs += 1) {
      await runCliProcess(args('--fix'), options())
      left = Number(linesOf((await runCliProcess(args(), options())).stdout).at(-1)?.['files'])
    }
    expect(runs).toBeLessThan(MAX_RUNS)

    await expectContents()
    for (const [id, resource] of await showResources()) {
      expect(resource.url).toContain(edition.gateway)
      expect(resource).toMatchObject({ ...othersOf(before.get(id)), ...(notes.has(id) && { [NOTE]: notes.get(id) }) })
    }
  }, 600_000)

  between(() => ({ edition, datasets: ids, contents }))

  it('goes back to the files of CKAN', async () => {
    const { code, stderr } = await runCliProcess(args('--undo', JOURNAL, '--fix'), options())
    expect(code, stderr).toBe(0)
    for (const { url, url_type } of (await showResources()).values())
      expect([url.startsWith(site.url), url_type]).toEqual([true, 'upload'])
    await expectContents()
  }, 300_000)
}

/** Sends a form with files to CKAN, and returns the action's result. */
export async function sendForm(
  { url, tokens }: Site,
  action: string,
  form: FormData,
  who: 'editor' | 'admin' = 'editor',
): Promise<Answer> {
  const headers = { Authorization: tokens[who] }
  const response = await fetch(`${url}/api/3/action/${action}`, { method: 'POST', body: form, headers })
  if (!response.ok) throw new Error(`${action} was answered with ${response.status}: ${await response.text()}`)
  return (await response.json()).result
}

/**
 * The bytes as they are sent: `fetch` unpacks what CKAN labels as compressed. The headers go only to the origin of
 * `url`.
 */
export async function download(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const [answer] = await once(get(url, { headers }), 'response')
  const { location } = answer.headers
  if (location === undefined) return buffer(answer)
  const next = new URL(location, url)
  return download(next.href, next.origin === new URL(url).origin ? headers : {})
}
