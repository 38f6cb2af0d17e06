import { buildKey, parseLinkedUrl, type UploadRecord, writeRecord } from '@ckan-uplink/core/uploads'
import type { UploadPlan } from './plan.ts'
import { BUCKET, LIMIT, resourceAt, type Simulation, settings, waitTurns } from './simulation.ts'
import { createActor } from './world.ts'

const SIZES = { a: 10, b: 10, X: 20 }

/** Asks for a URL, unless the key is plain, and puts what the plan says. */
export async function clientUploads(simulation: Simulation, plan: UploadPlan, index: number): Promise<void> {
  const { world, store, queue } = simulation
  const client = createActor(`client${index}`)
  await waitTurns(world, plan.after)
  const key = plan.plain
    ? buildKey(settings.keyPrefix, { resourceId: `resource-${plan.resource % simulation.plan.resources.length}` })
    : await ask(simulation, plan, index)
  for (const [turn, content] of (key === undefined ? [] : plan.puts).entries()) {
    const send = (etag?: string): void =>
      queue.send({ bucket: BUCKET, key: key ?? '', kind: 'created', ...(etag !== undefined && { etag }) }, plan.copies)
    if (turn > 0) await waitTurns(world, plan.pauses[turn - 1] ?? 0)
    const isEarly = turn === 0 && plan.early > 0 && !plan.plain
    if (isEarly) {
      simulation.earlyKeys.add(key ?? '')
      await world.call(client, 'the event is early', () => send())
      await waitTurns(world, plan.early)
    }
    await world.call(client, `PUT ${content}`, () => {
      // Two clients never put the same to a plain key, so that the versions of each are told apart.
      const etag = plan.plain ? `content-${content}-${index}` : `content-${content}`
      store.put(key ?? '', new Uint8Array(SIZES[content]), etag)
      if (SIZES[content] > LIMIT) simulation.largeEtags.add(etag)
      if (!isEarly) send(etag)
    })
  }
  simulation.active -= 1
}

/** What the gateway does when it signs: look at the resource, then note the intent. */
async function ask(
  simulation: Simulation,
  { gateway, ...plan }: UploadPlan,
  index: number,
): Promise<string | undefined> {
  const { world, store, asks } = simulation
  const actor = createActor(`gateway${gateway}`)
  const seen = await world.call(actor, 'resource_show', () => {
    const resource = resourceAt(simulation, plan.resource)
    return (
      resource && {
        id: resource.id,
        datasetId: resource.datasetId,
        url: resource.url,
        lastModified: resource.lastModified,
        at: world.now(),
      }
    )
  })
  if (seen === undefined) return undefined
  const shown = parseLinkedUrl(settings, seen.url)?.uploadId
  const id = uploadId(seen.at + (gateway === 0 ? 0 : simulation.plan.skewSeconds), index, shown)
  const key = buildKey(settings.keyPrefix, { resourceId: seen.id, uploadId: id, fileName: 'data.csv' })
  const record: UploadRecord = {
    version: 1,
    id,
    entity: { type: 'resource', id: seen.id, dataset_id: seen.datasetId },
    key,
    previous_url: seen.url,
    previous_last_modified: seen.lastModified,
    ...(plan.onlyIfUnchanged && { only_if_unchanged: true as const }),
    // The uploads of one gateway to a dataset belong to one request. Some of its files never come.
    ...(gateway === 0 && { together: { request: 'all', files: filesInRequest(simulation, seen.datasetId) } }),
    declared: { name: 'data.csv' },
    limits: { max_bytes: LIMIT },
    state: 'issued',
  }
  await writeRecord(store.as(actor), { record, etag: undefined })
  asks.push({ id, key, resourceId: seen.id, at: seen.at, previousUrl: seen.url, onlyIfUnchanged: plan.onlyIfUnchanged })
  return key
}

function filesInRequest(simulation: Simulation, datasetId: string): number {
  return simulation.plan.uploads.filter(
    ({ gateway, plain, resource }) =>
      gateway === 0 && !plain && resourceAt(simulation, resource)?.datasetId === datasetId,
  ).length
}

/** A UUIDv7 of this second and number, greater than the id that CKAN shows. */
export function uploadId(second: number, index: number, after = ''): string {
  const at = (seconds: number): string => {
    const stamp = (Date.UTC(2030, 0, 1) + seconds * 1000).toString(16).padStart(12, '0')
    return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${index.toString(16).padStart(3, '0')}-8000-000000000000`
  }
  const id = at(second)
  if (id > after) return id
  return at((Number.parseInt(after.replaceAll('-', '').slice(0, 12), 16) - Date.UTC(2030, 0, 1)) / 1000 + 1)
}
