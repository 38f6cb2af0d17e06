import type { Addition, Authorizer } from '@ckan-uplink/core'
import type { Actor, World } from '@ckan-uplink/testing/simulation'
import { resource } from '../support/gateway-fixture.ts'

export const DATASET_ID = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'

export interface ModelEntry {
  readonly id: string
  name: string
  title: string
  /** The gateway that added it, or `person`. */
  readonly by: string
}

/** A dataset of CKAN: behind a row lock, it takes new resources only if it has exactly the resources that were read. */
export interface ModelDataset {
  readonly entries: ModelEntry[]
  /** The resources that a person has deleted, with the time. */
  readonly deleted: Map<string, number>
  /** The port as one gateway sees it, each call at the scheduler's mercy. */
  as(actor: Actor): Authorizer
}

export function createModelDataset(world: World, initial: readonly string[]): ModelDataset {
  const entries: ModelEntry[] = initial.map((name, index) => ({ id: initialId(index), name, title: '', by: 'person' }))
  const readAt = (): Date => new Date(Date.UTC(2030, 0, 1) + world.now() * 1000)
  const add = (by: string, known: readonly string[], added: readonly Readonly<Record<string, unknown>>[]): Addition => {
    if (JSON.stringify(known) !== JSON.stringify(entries.map(({ id }) => id))) return { kind: 'changed' }
    for (const { id, name } of added) entries.push({ id: String(id), name: String(name), title: '', by })
    return { kind: 'added' }
  }
  const unused = () => Promise.reject(new Error('Requests of many files do not call this.'))
  return {
    entries,
    deleted: new Map(),
    as: (actor) => ({
      whoami: (token) => world.call(actor, 'user_show', () => ({ id: token, name: token, sysadmin: false })),
      showDataset: () =>
        world.call(actor, 'package_show', () => ({
          id: DATASET_ID,
          state: 'active',
          private: false,
          ownerOrg: 'organization',
          resources: entries.map(({ id, name }) => ({ ...resource(id, { name }), datasetId: DATASET_ID })),
          readAt: readAt(),
        })),
      addResources: (_token, { known }, added) =>
        world.call(actor, 'package_revise', () => add(actor.name, known, added)),
      findOwner: () => world.call(actor, 'package_search', () => 'organization'),
      mayUpdate: () => world.call(actor, 'resource_patch', () => true),
      showResource: unused,
      mayCreateDatasets: unused,
      findOrganization: unused,
      findResources: unused,
      showLoad: unused,
      showImageOwner: unused,
      mayUpdateImage: unused,
    }),
  }
}

function initialId(index: number): string {
  return `6f4b1c9e-2a51-4d0c-9c1b-${String(index).padStart(12, '0')}`
}
