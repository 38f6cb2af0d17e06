import { randomUUID } from 'node:crypto'
import { createCatalog, createCkanClient } from '@ckan-uplink/ckan'
import { createUplink, type IssuedUpload, type KeyedUpload, type Uplink } from '@ckan-uplink/client'
import { systemClock } from '@ckan-uplink/core'
import { createLimiter } from '@ckan-uplink/core/support'
import type { Site } from '../ckan/sites.ts'
import type { Cost } from './cost.ts'
import { type LocalOnSite, measureCost, withLocalOn } from './local-on.ts'
import { measureFirst } from './measure.ts'
import { type Publisher, withPublisher } from './publisher.ts'
import { createScene, type Scene, type SceneSize } from './scene.ts'

/** The ways to bring a new file into each resource of many datasets. */
export interface ManyCosts {
  /** The first version's linker alone: the bytes are in the bucket already. */
  readonly first: Cost
  /** One request for each dataset. */
  readonly byDataset: Cost
  /** A request for each file: one file of each dataset in turn. */
  readonly inTurn: Cost
}

interface Issued {
  readonly upload: IssuedUpload
}

const SENT_AT_ONCE = 8
const WAIT_MS = 1000
const MOST_WAITS = 1800

/**
 * Measures uploads into all resources of new datasets of a real CKAN, through the local edition. `idle` waits until
 * the loader has no work.
 */
export async function measureMany(site: Site, size: SceneSize, idle: () => Promise<void>): Promise<ManyCosts> {
  return withPublisher(site, (publisher) => measureAs(site, publisher, size, idle))
}

async function measureAs(
  site: Site,
  { organization, token }: Publisher,
  size: SceneSize,
  idle: () => Promise<void>,
): Promise<ManyCosts> {
  const scene = await createScene({ url: site.url, token: site.tokens.admin, organization, concurrency: 4 }, size)
  try {
    await idle()
    let calls = 0
    const first = await measureCost(
      site,
      () => calls,
      async () => {
        const { reads, writes } = await measureFirst(scene)
        calls = reads + writes
      },
    )
    await idle()
    const datasets = await readResources(scene)
    return await withLocalOn(site, async (local) => {
      const sender = createSender(local, token)
      const byDataset = await local.measure(() => sender.sendByDataset(datasets))
      await idle()
      const inTurn = await local.measure(() => sender.sendInTurn(inTurnOf(datasets)))
      await idle()
      return { first, byDataset, inTurn }
    })
  } finally {
    await scene.close()
  }
}

/** The ids of the resources of each dataset. */
async function readResources({ target, datasetIds }: Scene): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = createCkanClient({ url: target.url, concurrency: target.concurrency, timeoutMs: 60_000 })
  const catalog = createCatalog(client, { token: target.token })
  const datasets = datasetIds.map(
    async (id) => [id, (await catalog.readDataset(id))?.resources.map((resource) => resource.id) ?? []] as const,
  )
  return new Map(await Promise.all(datasets))
}

function inTurnOf(datasets: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const places = Map.groupBy(
    [...datasets.values()].flatMap((ids) => [...ids.entries()]),
    ([place]) => place,
  )
  return [...places.values()].flatMap((entries) => entries.map(([, id]) => id))
}

function createSender({ gateway }: LocalOnSite, token: string) {
  const uplink = createUplink({ gateway, token })
  const limit = createLimiter(SENT_AT_ONCE)
  return {
    async sendByDataset(datasets: ReadonlyMap<string, readonly string[]>): Promise<void> {
      const sent: KeyedUpload[] = []
      for (const [id, resources] of datasets) {
        const files = resources.map((resource) => ({ name: 'data.csv', resource }))
        const answer = await uplink.action<{ files: readonly Issued[] }>('dataset_upload', {
          id,
          request: randomUUID(),
          files,
        })
        sent.push(...(await Promise.all(answer.files.map((issued) => limit(() => put(issued))))))
      }
      await untilLinked(uplink, sent)
    },
    async sendInTurn(resources: readonly string[]): Promise<void> {
      const send = async (id: string): Promise<KeyedUpload> =>
        put(await uplink.action<Issued>('resource_upload', { id, name: 'data.csv' }))
      await untilLinked(uplink, await Promise.all(resources.map((id) => limit(() => send(id)))))
    },
  }
}

async function put({ upload: { id, url, headers, status_key } }: Issued): Promise<KeyedUpload> {
  if (url === null || status_key === undefined) throw new Error(`The gateway gave no URL or no status key for ${id}.`)
  const answer = await fetch(url, { method: 'PUT', headers, body: `a,b\n1,${id}\n` })
  if (!answer.ok) throw new Error(`The bucket answered ${answer.status} to upload ${id}: ${await answer.text()}`)
  return { id, key: status_key }
}

async function untilLinked(uplink: Uplink, uploads: readonly KeyedUpload[]): Promise<void> {
  let open = uploads
  for (let waits = 0; open.length > 0; waits += 1) {
    if (waits === MOST_WAITS) throw new Error(`${open.length} uploads were not linked in half an hour.`)
    if (waits > 0) await systemClock.sleep(WAIT_MS)
    const statuses = await uplink.statuses(open)
    const failed = open.find(({ id }) => !['issued', 'linked'].includes(statuses.get(id)?.state ?? 'missing'))
    if (failed) throw new Error(`Upload ${failed.id} was not linked: ${JSON.stringify(statuses.get(failed.id))}`)
    open = open.filter(({ id }) => statuses.get(id)?.state === 'issued')
  }
}
