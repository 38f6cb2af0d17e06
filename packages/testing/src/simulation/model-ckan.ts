import {
  type Catalog,
  type Dataset,
  NotFoundError,
  RefusedError,
  type Resource,
  type ResourceChange,
  type Revision,
} from '@ckan-uplink/core'
import type { Actor, World } from './world.ts'

/** One change of a resource's URL: its author, its time, and the URL before. */
export interface UrlWrite {
  readonly by: 'person' | 'linker'
  readonly at: number
  readonly before: string
  readonly after: string
  /** The name of the linker, or `person`. */
  readonly actor: string
  /** What CKAN shows as the time of the file, after it. */
  readonly lastModified: string | null
}

export interface ModelResource extends Omit<Resource, 'url' | 'lastModified'> {
  url: string
  lastModified: string | null
  /** What the upload doesn't own. */
  title: string
  custom: string
  isInvalid: boolean
  readonly history: UrlWrite[]
}

/** A file of CKAN. The service owns it until the linker gives it to a resource. */
interface ModelFile {
  readonly id: string
  name: string
  owner: string
}

/** CKAN as far as the linker sees it: datasets behind a row lock, compare-and-set writes, a clock of its own. */
export interface ModelCkan {
  readonly resources: Map<string, ModelResource>
  /** Files by their location. */
  readonly files: Map<string, ModelFile>
  /** Writes that took effect. */
  readonly writes: () => number
  /** What a person does. */
  setUrl(resource: ModelResource, url: string): void
  as(actor: Actor): Catalog
}

/** The bucket as CKAN sees it. */
interface ModelStorage {
  readonly has: (location: string) => boolean
  readonly remove: (location: string) => void
}

export function createModelCkan(world: World, storage: ModelStorage): ModelCkan {
  const resources = new Map<string, ModelResource>()
  const files = new Map<string, ModelFile>()
  let writes = 0
  let registered = 0
  const clock = (): Date => new Date(Date.UTC(2030, 0, 1) + world.now() * 1000)
  const setUrl = (resource: ModelResource, url: string, actor?: string, time = resource.lastModified): void => {
    const by = actor === undefined ? 'person' : 'linker'
    const write = {
      by,
      actor: actor ?? by,
      at: world.now(),
      before: resource.url,
      after: url,
      lastModified: time,
    } as const
    resource.history.push(write)
    resource.url = url
    resource.lastModified = time
  }
  const readDataset = (id: string): Dataset => {
    const own = [...resources.values()].filter((resource) => resource.datasetId === id)
    return { id, state: 'active', private: false, resources: own.map((resource) => ({ ...resource })), readAt: clock() }
  }
  const revise = (actor: string, changes: readonly ResourceChange[]): Revision => {
    const targets = changes.map((change) => ({ ...change, target: resources.get(change.resource.id) }))
    const moved = targets.some(
      ({ target, resource }) => !target || target.url !== resource.url || target.lastModified !== resource.lastModified,
    )
    if (moved) return { kind: 'conflict' }
    const invalid = targets.filter(({ target }) => target?.isInvalid).map(({ resource }) => resource.id)
    if (invalid.length > 0) return { kind: 'refused', resourceIds: invalid, message: 'custom: Missing value' }
    for (const { target, fields } of targets) {
      const time = 'last_modified' in fields ? fields.last_modified : undefined
      if (target) setUrl(target, fields.url, actor, time)
    }
    writes += 1
    return { kind: 'written' }
  }
  const changeFile = (id: string, change: Partial<ModelFile>): void => {
    const file = [...files.values()].find((one) => one.id === id)
    if (file === undefined) throw new NotFoundError(`There is no ${id}.`)
    Object.assign(file, change)
  }
  return {
    resources,
    files,
    writes: () => writes,
    setUrl: (resource, url) => setUrl(resource, url),
    as: (actor) => ({
      readDataset: (id) => world.call(actor, `package_show ${id}`, () => readDataset(id)),
      findDataset: (id) => world.call(actor, `resource_show ${id}`, () => resources.get(id)?.datasetId),
      revise: (id, changes) => world.call(actor, `package_revise ${id}`, () => revise(actor.name, changes)),
      submit: () => Promise.resolve(true),
      createViews: () => Promise.resolve(0),
      readImageOwner: async () => undefined,
      setImage: async () => {},
      registerFile: ({ location }, owner) =>
        world.call(actor, `file_register ${location}`, () => {
          if (!files.has(location) && !storage.has(location)) throw new RefusedError('The storage has no such object.')
          registered += files.has(location) ? 0 : 1
          const file = files.get(location) ?? { id: `file ${registered}`, name: location, owner: 'service' }
          files.set(location, file)
          if (![owner.id, 'service'].includes(file.owner)) return undefined
          return { id: file.id, isGiven: file.owner === owner.id }
        }),
      renameFile: (id, name) => world.call(actor, `file_rename ${id}`, () => changeFile(id, { name })),
      readFile: (id) =>
        world.call(actor, `file_show ${id}`, () => {
          const [location, file] = [...files].find(([, one]) => one.id === id) ?? []
          if (location === undefined || file === undefined) return undefined
          return { storage: '', location, owner: { type: 'resource', id: file.owner, pinned: true } }
        }),
      removeFile: async () => true,
      deleteFile: (id) =>
        world.call(actor, `file_delete ${id}`, () => {
          const [location] = [...files].find(([, one]) => one.id === id) ?? []
          if (location === undefined) throw new NotFoundError(`There is no ${id}.`)
          files.delete(location)
          storage.remove(location)
        }),
      giveFile: (id, { id: owner }) =>
        world.call(actor, `file_ownership_transfer ${id}`, () => {
          // As in CKAN, a pinned file stays with its owner.
          const isService = [...files.values()].some((file) => file.id === id && file.owner === 'service')
          changeFile(id, isService ? { owner } : {})
        }),
    }),
  }
}
