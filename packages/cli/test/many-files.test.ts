import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUplink } from '@ckan-uplink/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CliOptions, linesOf, runCli, startCli } from './support/cli.ts'
import { type LocalSite, openLocalSite } from './support/local-site.ts'

interface Shown {
  readonly owner_org: string
  readonly resources: readonly { readonly id: string; readonly name: string; readonly url: string }[]
}

const FILES = 30
/** The number of files whose bytes may have arrived although the command did not live to note it. */
const UNDER_WAY = 8
/** More than the 100 MiB from which files go up in parts. */
const PARTS = 7
const PART_BYTES = 16 * 1024 ** 2
const COUNTING_PUTS = { NODE_OPTIONS: `--import=${new URL('support/count-puts.ts', import.meta.url)}` }

let site: LocalSite
let organization: string
let count = 0
let folder: string
let dataset: string

beforeAll(async () => {
  site = await openLocalSite()
  organization = (await site.editor.action<Shown>('package_show', { id: site.ckan.dataset })).owner_org
})
afterAll(async () => {
  await site?.close()
})
beforeEach(async () => {
  count += 1
  folder = join(site.home, `folder-${count}`)
  dataset = `many-${count}`
  await mkdir(folder)
  await site.editor.action('package_create', { name: dataset, owner_org: organization })
  site.ckan.faults.reset()
})

function options(more: Readonly<Record<string, string>> = {}): CliOptions {
  const state = { XDG_STATE_HOME: join(site.home, `state-${count}`) }
  return {
    cwd: site.home,
    env: { CKAN_UPLINK_GATEWAY: site.local.gateway, CKAN_API_TOKEN: site.ckan.tokens.editor, ...state, ...more },
  }
}

function words(...more: readonly string[]): readonly string[] {
  return ['upload', folder, '--dataset', dataset, '--json', ...more]
}

async function writeFiles(number = FILES): Promise<void> {
  for (let index = 0; index < number; index += 1) await write(`file-${index}.csv`, `a,b\n1,${index}\n`)
}

async function write(name: string, content: string | Buffer): Promise<void> {
  await writeFile(join(folder, name), content)
}

async function resources(): Promise<Shown['resources']> {
  return (await site.editor.action<Shown>('package_show', { id: dataset })).resources
}

function namesOf(shown: Shown['resources']): readonly string[] {
  return shown.map(({ name }) => name).sort()
}

/** What the command keeps about the files that it has sent. */
async function sentFiles(): Promise<readonly { readonly upload: string; readonly resource: string }[]> {
  const kept = join(site.home, `state-${count}`, 'ckan-uplink', 'requests')
  const names = await readdir(kept, { recursive: true }).catch(() => [])
  const logs = names.filter((name) => name.endsWith('.sent'))
  const texts = await Promise.all(logs.map((name) => readFile(join(kept, name), 'utf8')))
  return texts.flatMap((text) => (text === '' ? [] : linesOf(text.slice(0, text.lastIndexOf('\n')))) as never)
}

async function killWhen(isTime: () => Promise<boolean>): Promise<void> {
  const child = startCli(words(), options())
  const ended = new Promise((resolve) => child.once('close', resolve))
  await expect.poll(isTime, { interval: 5 }).toBe(true)
  child.kill('SIGKILL')
  await ended
}

describe('many files on the command line', () => {
  it('cost CKAN one request for all uploads, and no call while the command waits', async () => {
    await writeFiles()
    const { code, stdout, stderr } = await runCli(words(), options())
    expect([code, stderr]).toEqual([0, ''])
    expect(linesOf(stdout).map(({ state }) => state)).toEqual(Array.from({ length: FILES }, () => 'linked'))
    const { calls } = site.ckan.faults
    expect([calls('user_show'), calls('resource_show'), calls('resource_create')]).toEqual([1, 0, 0])
    expect(calls()).toBeLessThan(FILES)
  })

  it('go to the same resources when the same command runs again', async () => {
    await writeFiles(3)
    const first = linesOf((await runCli(words(), options())).stdout)
    const second = linesOf((await runCli(words(), options())).stdout)
    expect(second.map(({ resource }) => resource)).toEqual(first.map(({ resource }) => resource))
    expect(second.map(({ state }) => state)).toEqual(['linked', 'linked', 'linked'])
    expect(await resources()).toHaveLength(3)
  })

  it('do not replace a URL that a person gave to their resource', async () => {
    await writeFiles(2)
    const [first] = linesOf((await runCli(words(), options())).stdout)
    const url = 'https://example.org/by-hand'
    await site.editor.action('resource_patch', { id: first?.['resource'], url })
    expect((await runCli(words(), options())).code).toBe(0)
    const shown = await resources()
    expect(namesOf(shown)).toEqual(['file-0.csv', 'file-0.csv', 'file-1.csv'])
    expect(shown.find(({ id }) => id === first?.['resource'])?.url).toBe(url)
  })

  it('get no second resource when the command is killed before it knows their uploads', async () => {
    await writeFiles()
    site.ckan.faults.add({ action: 'package_show', when: 'before', effect: { wait: () => sleep(300) } })
    await killWhen(async () => site.ckan.faults.calls('package_revise') > 0)
    site.ckan.faults.reset()
    const { code } = await runCli(words(), options())
    expect(code).toBe(0)
    const shown = await resources()
    expect([shown.length, shown.every(({ url }) => url !== '')]).toEqual([FILES, true])
  })

  it('are sent once each when the command is killed between them', async () => {
    await writeFiles()
    await killWhen(async () => (await sentFiles()).length >= 3)
    const sent = await sentFiles()
    const { code, stdout, stderr } = await runCli(words(), options(COUNTING_PUTS))
    const lines = linesOf(stdout)
    expect([code, lines.length, (await resources()).length]).toEqual([0, FILES, FILES])
    for (const { upload, resource } of sent) expect(lines).toContainEqual(expect.objectContaining({ upload, resource }))
    const [puts = 0] = /\d+/u.exec(stderr) ?? []
    expect(Number(puts)).toBeLessThanOrEqual(FILES - sent.length + UNDER_WAY)
    expect(await sentFiles()).toEqual([])
  })

  it('are sent again if they changed after the command was killed', async () => {
    await writeFiles(10)
    await killWhen(async () => (await sentFiles()).length >= 2)
    await write('file-0.csv', 'a,b\nother,content\n')
    const { code, stdout } = await runCli(words(), options())
    const line = linesOf(stdout).find(({ file }) => file === join(folder, 'file-0.csv'))
    expect([code, (await resources()).length]).toEqual([0, 10])
    expect(await site.editor.show(String(line?.['upload']))).toMatchObject({ state: 'linked', declared: { size: 18 } })
  })

  it('may be large: parts that were sent before a kill are not sent again', async () => {
    await writeFiles(2)
    await write('large.csv', Buffer.alloc(PARTS * PART_BYTES, 'city,population\n'))
    const args = words('--files-at-once', '1')
    const child = startCli(args, options())
    const ended = new Promise((resolve) => child.once('close', resolve))
    let id: string | undefined
    const parts = async () => {
      id ??= await findOpen('large.csv')
      return id === undefined ? 0 : listParts(id)
    }
    await expect.poll(parts, { interval: 5, timeout: 60_000 }).toBeGreaterThanOrEqual(1)
    child.kill('SIGKILL')
    await ended
    const there = await parts()
    const { code, stdout, stderr } = await runCli(args, options(COUNTING_PUTS))
    expect([code, linesOf(stdout).length]).toEqual([0, 3])
    expect(Number(/\d+/u.exec(stderr)?.[0])).toBeLessThanOrEqual(PARTS - there)
  })

  it('do not stop for a failed file, and the same command uses its resource again', async () => {
    await writeFiles(2)
    await write('wrong.xlsx', 'no spreadsheet')
    const first = await runCli(words(), options())
    expect([first.code, linesOf(first.stdout)]).toMatchObject([
      1,
      [
        { state: 'linked' },
        { state: 'linked' },
        { state: 'failed', reason: expect.stringMatching(/is failed.*the same command uses it again/u) },
      ],
    ])
    // A correction is another file.
    await write('wrong.xlsx', 'still no spreadsheet')
    const second = await runCli(words(), options())
    expect(linesOf(second.stdout)).toHaveLength(3)
    expect(await resources()).toHaveLength(3)
  })

  it('are not sent by a command that may not update the dataset', async () => {
    await writeFiles(2)
    const { code, stderr } = await runCli(words(), options({ CKAN_API_TOKEN: site.ckan.tokens.member }))
    expect([code, stderr]).toMatchObject([1, expect.stringContaining('not allow')])
    expect(await resources()).toEqual([])
  })
})

interface Open {
  readonly uploads: readonly { readonly id: string; readonly declared: { readonly name?: string } }[]
  readonly next: string | null
}

/** The open upload of a file with this name. */
async function findOpen(name: string): Promise<string | undefined> {
  const admin = createUplink({ gateway: site.local.gateway, token: site.ckan.tokens.admin })
  for (let after: string | null | undefined; after !== null; ) {
    const page: Open = await admin.action<Open>('upload_list', { state: 'issued', after })
    const found = page.uploads.find(({ declared }) => declared.name === name)
    if (found !== undefined) return found.id
    after = page.next
  }
  return undefined
}

async function listParts(id: string): Promise<number> {
  return (await site.editor.action<{ readonly parts: readonly unknown[] }>('upload_list_parts', { id })).parts.length
}
