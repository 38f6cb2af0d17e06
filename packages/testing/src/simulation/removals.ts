import type { ObjectStore } from '@ckan-uplink/core'
import {
  parseLinkedUrl,
  readRecord,
  type StoredRecord,
  type UploadRecord,
  writeRecord,
} from '@ckan-uplink/core/uploads'
import type { RemovalPlan } from './plan.ts'
import { type Ask, SETTLES_AFTER, type Simulation, settings, waitTurns } from './simulation.ts'
import { type Actor, createActor } from './world.ts'

/** Names of gateways that take an upload back begin with this. */
export const REMOVER = 'gateway-remove'

/**
 * What the gateway does for `upload_remove`: the record says so first, then CKAN is read again, and what it shows by
 * then is put back.
 */
export async function gatewayRemoves(simulation: Simulation, plan: RemovalPlan, index: number): Promise<void> {
  const { world, store } = simulation
  await waitTurns(world, plan.after)
  const ask = simulation.asks[plan.upload % simulation.plan.uploads.length]
  if (ask === undefined) return
  const actor = createActor(`${REMOVER}${index}`)
  const stored = await readRecord(store.as(actor), ask.id)
  if (stored === undefined || stored.record.state === 'withdrawn') return
  if (await isShown(simulation, actor, ask)) return
  const at = world.now()
  if (!(await writeRecord(store.as(actor), { ...stored, record: withdrawn(stored.record, at) }))) return
  if (plan.end === 'crash') return
  if (plan.end === 'no answer' || (await isShown(simulation, actor, ask))) await putBack(simulation, actor, stored, at)
}

function withdrawn(record: UploadRecord, second: number): UploadRecord {
  const at = new Date(Date.UTC(2030, 0, 1) + second * 1000).toISOString()
  return { ...record, state: 'withdrawn', withdrawn: { at, by: 'editor', reason: 'It holds names.' } }
}

function isShown({ world, ckan }: Simulation, actor: Actor, { id, resourceId }: Ask): Promise<boolean> {
  return world.call(actor, 'resource_show', () => {
    const resource = ckan.resources.get(resourceId)
    return resource !== undefined && parseLinkedUrl(settings, resource.url)?.uploadId === id
  })
}

/** A request that takes longer has been ended by the platform. */
async function putBack({ world, store }: Simulation, actor: Actor, stored: StoredRecord, at: number): Promise<void> {
  const present = await readRecord(store.as(actor), stored.record.id)
  if (present === undefined) return
  const put: ObjectStore['put'] = (key, bytes, options) =>
    world.call(actor, `put back ${key}`, () =>
      world.now() - at < SETTLES_AFTER ? store.putIf(actor.name, key, bytes, options?.onlyIf) : undefined,
    )
  await writeRecord({ put }, { ...present, record: stored.record })
}
