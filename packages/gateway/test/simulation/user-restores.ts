import { type Authorizer, NotFoundError } from '@ckan-uplink/core'
import { type ObjectCopier, RECORDS_PREFIX, recordKey } from '@ckan-uplink/core/uploads'
import {
  type Actor,
  BUCKET,
  createActor,
  ownOf,
  recordOf,
  type Simulation,
  settings,
  waitTurns,
} from '@ckan-uplink/testing/simulation'
import type { RestorePlan } from './restores.ts'
import { sendToGateway } from './send-to-gateway.ts'

/** One request for a restoration. */
export interface Restored {
  readonly sourceId: string
  /** The upload of the copy; absent when the gateway refused or ended before. */
  readonly id: string | undefined
  /** The second of the answer; absent when none arrived or the gateway refused. */
  readonly answeredAt: number | undefined
}

/** Turns that a user waits until the file is an earlier version. */
const LONGEST_WAIT = 150

/** Restores an earlier file by the gateway's own action. */
export async function userRestores(
  simulation: Simulation,
  plan: RestorePlan,
  index: number,
  restored: Restored[],
): Promise<void> {
  const { world, store, asks } = simulation
  await waitTurns(world, plan.after)
  const source = await earlierUpload(simulation, plan)
  if (source !== undefined) {
    const actor = createActor(`gateway-restore${index}`)
    const { authorizer, seenAt } = authorizerFor(simulation, actor)
    const ports = { world, settings, authorizer, store: store.as(actor), copier: copierFor(simulation, actor) }
    const body = { id: source.resourceId, upload: source.id }
    const answer = await Promise.race([sendToGateway(ports, 'resource_restore', 'editor', body), actor.died])
    const announced = announcedBy(simulation, actor)
    const seen = seenAt()
    if (announced !== undefined && seen !== undefined) {
      const { id, key } = announced
      asks.push({ id, key, resourceId: source.resourceId, ...seen, onlyIfUnchanged: false })
    }
    restored.push({
      sourceId: source.id,
      id: announced?.id,
      answeredAt: answer?.status === 200 ? world.now() : undefined,
    })
  }
  simulation.active -= 1
}

/** Waits until the file was linked and CKAN shows another one. */
async function earlierUpload({ world, store, ckan, asks }: Simulation, { upload }: RestorePlan) {
  for (let turn = 0; turn < LONGEST_WAIT; turn += 1) {
    const ask = asks[upload % Math.max(asks.length, 1)]
    const isLinked = ask && recordOf(store.objects.get(recordKey(ask.id))?.bytes)?.linked !== undefined
    if (isLinked && ownOf(ckan.resources.get(ask.resourceId)?.url ?? '')?.uploadId !== ask.id) return ask
    await waitTurns(world, 1)
  }
  return undefined
}

/** The record that this gateway wrote first. */
function announcedBy({ store }: Simulation, actor: Actor): { readonly id: string; readonly key: string } | undefined {
  const own = store.changes.find(({ by, key }) => by === actor.name && key.startsWith(RECORDS_PREFIX))
  return own && JSON.parse(own.after)
}

interface Seen {
  readonly at: number
  readonly previousUrl: string
}

function authorizerFor({ world, ckan }: Simulation, actor: Actor) {
  let seen: Seen | undefined
  const unused = () => Promise.reject(new Error('Restorations do not call this.'))
  const authorizer: Authorizer = {
    whoami: (token) => world.call(actor, 'user_show', () => ({ id: token, name: token, sysadmin: false })),
    showResource: (id) =>
      world.call(actor, 'resource_show', () => {
        const resource = ckan.resources.get(id)
        if (resource === undefined) throw new NotFoundError('Resource was not found.')
        seen = { at: world.now(), previousUrl: resource.url }
        return { ...resource }
      }),
    mayUpdate: () => world.call(actor, 'package_revise', () => true),
    findOwner: async () => undefined,
    showDataset: unused,
    addResources: unused,
    mayCreateDatasets: unused,
    findOrganization: unused,
    findResources: unused,
    showLoad: unused,
    showImageOwner: unused,
    mayUpdateImage: unused,
  }
  return { authorizer, seenAt: () => seen }
}

/** The copy of a small object has the ETag of its source, and its notification follows. */
function copierFor({ world, store, queue }: Simulation, actor: Actor): ObjectCopier {
  return {
    maxBytes: 1000,
    copy: ({ key, etag }, to) =>
      world.call(actor, `copy ${key}`, () => {
        const found = store.objects.get(key)
        if (found?.object.etag !== etag) return false
        store.put(to, found.bytes, etag)
        queue.send({ bucket: BUCKET, key: to, kind: 'created' }, 1)
        return true
      }),
  }
}
