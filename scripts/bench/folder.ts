import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createCkanClient } from '@ckan-uplink/ckan'
import { choosePorts, startLocal } from '@ckan-uplink/local'
import { startTap } from '../../test/live/support/tap.ts'
import type { Site } from '../ckan/sites.ts'
import { readCpuSeconds } from './ckan-cpu.ts'

/** The cost of one way to bring a folder into a dataset. */
export interface FolderCost {
  readonly seconds: number
  readonly calls: number
  readonly cpuSeconds: number
}

/**
 * The three ways for one folder: the command line, CKAN's own upload file by file, and the least that any way needs.
 */
export interface FolderCosts {
  readonly ours: FolderCost
  readonly own: FolderCost
  readonly floor: FolderCost
}

const COMMAND_LINE = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const TIMEOUT_MS = 600_000

/**
 * Measures folders of these numbers of small files, each into a new dataset of a real CKAN, through the local edition.
 */
export async function measureFolders(site: Site, counts: readonly number[]): Promise<ReadonlyMap<number, FolderCosts>> {
  const home = await mkdtemp(join(tmpdir(), 'ckan-uplink-bench-'))
  const tap = await startTap(site.url)
  const local = await startLocal({
    folder: join(home, 'local'),
    ports: await choosePorts('0'),
    ckan: { url: tap.url, token: site.tokens.admin },
    settings: { ALLOW_HTTP_CKAN: 'true', CKAN_TIMEOUT_MS: '60000' },
  })
  try {
    const results = new Map<number, FolderCosts>()
    for (const count of counts) {
      const folder = await writeFolder(home, count)
      const floor = await measure(
        site,
        () => 2,
        (dataset) => sendBare(site, dataset, count),
      )
      const own = await measure(
        site,
        () => count,
        (dataset) => sendToCkan(site, dataset, count),
      )
      const before = tap.calls.length
      const countCalls = (): number => tap.calls.length - before
      const ours = await measure(site, countCalls, (dataset) =>
        sendFolder({ site, home, folder, dataset }, local.gateway),
      )
      results.set(count, { ours, own, floor })
    }
    return results
  } finally {
    await local.close()
    await tap.close()
    await rm(home, { recursive: true, force: true })
  }
}

async function measure(
  site: Site,
  countCalls: () => number,
  send: (dataset: string) => Promise<void>,
): Promise<FolderCost> {
  const dataset = `bench-${randomUUID()}`
  await call(site, 'package_create', { name: dataset, owner_org: site.organization })
  const [started, cpu] = [performance.now(), readCpuSeconds(site.name)]
  await send(dataset)
  const cost = {
    seconds: (performance.now() - started) / 1000,
    calls: countCalls(),
    cpuSeconds: readCpuSeconds(site.name) - cpu,
  }
  await call(site, 'dataset_purge', { id: dataset })
  return cost
}

async function call<T>({ url, tokens }: Site, action: string, params: object): Promise<T> {
  const client = createCkanClient({ url, concurrency: 1, timeoutMs: TIMEOUT_MS })
  return (await client.call<T>(action, params, tokens.admin)).result
}

async function writeFolder(home: string, count: number): Promise<string> {
  const folder = join(home, String(count))
  await mkdir(folder)
  for (let index = 0; index < count; index += 1) await writeFile(join(folder, nameOf(index)), contentOf(index))
  return folder
}

function nameOf(index: number): string {
  return `file-${String(index).padStart(4, '0')}.csv`
}

function contentOf(index: number): string {
  return `a,b\n${index},${index}\n`
}

interface Sending {
  readonly site: Site
  readonly home: string
  readonly folder: string
  readonly dataset: string
}

async function sendFolder({ site, home, folder, dataset }: Sending, gateway: string): Promise<void> {
  const env = {
    ...process.env,
    CKAN_UPLINK_GATEWAY: gateway,
    CKAN_API_TOKEN: site.tokens.editor,
    XDG_STATE_HOME: join(home, 'state'),
  }
  const args = ['-C', 'source', COMMAND_LINE, 'upload', folder, '--dataset', dataset]
  await promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 1024 ** 2 })
}

/** CKAN's own way: each file in a call of `resource_create`, one after the other. */
async function sendToCkan({ url, tokens }: Site, dataset: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const form = new FormData()
    form.set('package_id', dataset)
    form.set('name', nameOf(index))
    form.set('upload', new File([contentOf(index)], nameOf(index), { type: 'text/csv' }))
    const request = { method: 'POST', headers: { Authorization: tokens.editor }, body: form }
    const answer = await fetch(`${url}/api/3/action/resource_create`, request)
    if (!answer.ok) throw new Error(`CKAN answered ${answer.status} to file ${index}: ${await answer.text()}`)
    await answer.arrayBuffer()
  }
}

/** The floor: one write creates all resources, another gives them their URLs. No bytes are sent. */
async function sendBare(site: Site, dataset: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, () => randomUUID())
  const resources = ids.map((id, index) => ({ id, name: nameOf(index), url: '' }))
  await revise(site, dataset, { update__resources__extend: resources })
  const last_modified = new Date().toISOString().slice(0, 19)
  const changes = ids.map((id) => [
    `update__resources__${id}`,
    { url: `http://127.0.0.1:9/${id}`, format: 'CSV', mimetype: 'text/csv', size: 12, last_modified },
  ])
  await revise(site, dataset, Object.fromEntries(changes))
}

async function revise(site: Site, name: string, changes: object): Promise<void> {
  await call(site, 'package_revise', { match: { name }, ...changes, include: '-*' })
}
