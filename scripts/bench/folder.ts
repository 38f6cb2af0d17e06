import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createCkanClient } from '@ckan-uplink/ckan'
import { createLimiter } from '@ckan-uplink/core/support'
import type { UploadSigner } from '@ckan-uplink/core/uploads'
import type { Site } from '../ckan/sites.ts'
import { type Cost, medianCost } from './cost.ts'
import { measureCost, withLocalOn } from './local-on.ts'

/** The ways for one folder. */
export interface FolderCosts {
  /** By the command line. */
  readonly ours: Cost
  /** CKAN's own upload, file by file. */
  readonly own?: Cost
  /** The least that CKAN needs. */
  readonly floor: Cost
  /** The same, and the files put to the bucket, with no check and no record of any. */
  readonly floorWithFiles: Cost
}

const COMMAND_LINE = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const TIMEOUT_MS = 600_000
const MOST_IN_OWN_WAY = 300
/** As the command line does. */
const FILES_IN_FLIGHT = 8

/**
 * Measures folders of these numbers of small files, each into a new dataset of a real CKAN, through the local edition.
 * Of ours and of the floor, the median of these rounds counts. CKAN's own way is measured once, and for as many files
 * as it brings in within minutes.
 */
export async function measureFolders(
  site: Site,
  counts: readonly number[],
  rounds: number,
): Promise<ReadonlyMap<number, FolderCosts>> {
  return withLocalOn(site, async ({ home, gateway, signer, measure }) => {
    const results = new Map<number, FolderCosts>()
    for (const count of counts) {
      const folder = await writeFolder(home, count)
      const [ours, floors, floorsWithFiles]: [Cost[], Cost[], Cost[]] = [[], [], []]
      // Alternating, so that other load on the machine affects both.
      for (let round = 0; round < rounds; round += 1) {
        floors.push(await measureBare(site, (dataset) => sendBare(site, dataset, count)))
        floorsWithFiles.push(
          await measureBare(site, async (dataset) => {
            await sendBare(site, dataset, count)
            await putBare(signer, count)
          }),
        )
        ours.push(
          await inNewDataset(site, (dataset) => measure(() => sendFolder({ site, home, folder, dataset }, gateway))),
        )
      }
      const own =
        count <= MOST_IN_OWN_WAY &&
        (await inNewDataset(site, (dataset) =>
          measureCost(
            site,
            () => 0,
            () => sendToCkan(site, dataset, count),
          ),
        ))
      results.set(count, {
        ours: medianCost(ours),
        floor: medianCost(floors),
        floorWithFiles: medianCost(floorsWithFiles),
        ...(own && { own: { ...own, calls: count } }),
      })
    }
    return results
  })
}

async function inNewDataset<T>(site: Site, work: (dataset: string) => Promise<T>): Promise<T> {
  const dataset = `bench-${randomUUID()}`
  await call(site, 'package_create', { name: dataset, owner_org: site.organization })
  const result = await work(dataset)
  await call(site, 'dataset_purge', { id: dataset })
  return result
}

/** The cost of a work that makes two calls of CKAN. */
async function measureBare(site: Site, work: (dataset: string) => Promise<void>): Promise<Cost> {
  const cost = await inNewDataset(site, (dataset) =>
    measureCost(
      site,
      () => 0,
      () => work(dataset),
    ),
  )
  return { ...cost, calls: 2 }
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

/** The keys belong to no resource, so nothing is linked. */
async function putBare(signer: UploadSigner, count: number): Promise<void> {
  const limit = createLimiter(FILES_IN_FLIGHT)
  const put = async (index: number): Promise<void> => {
    const { url } = await signer.signUpload({ key: `bench/${nameOf(index)}`, expiresInSeconds: 600, createOnly: false })
    const answer = await fetch(url, { method: 'PUT', body: contentOf(index) })
    if (!answer.ok) throw new Error(`The bucket answered ${answer.status} to file ${index}: ${await answer.text()}`)
    await answer.arrayBuffer()
  }
  await Promise.all(Array.from({ length: count }, (_, index) => limit(() => put(index))))
}

async function revise(site: Site, name: string, changes: object): Promise<void> {
  await call(site, 'package_revise', { match: { name }, ...changes, include: '-*' })
}
