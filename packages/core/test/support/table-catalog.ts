import {
  type Catalog,
  type Dataset,
  type ImageOwner,
  NotFoundError,
  type Resource,
  type ResourceChange,
  type Revision,
} from '../../src/index.ts'

export const DATASET_ID = 'd0000000-0000-4000-8000-000000000000'
export const CKAN_TIME = new Date('2026-03-04T05:06:07.890Z')

/** A new resource in CKAN. */
export function resourceOf(id: string, more: Partial<Resource> = {}): Resource {
  const blank = { urlType: null, name: null, mimetype: null, size: null, lastModified: null }
  return { id, datasetId: DATASET_ID, state: 'active', url: '', format: '', hash: '', ...blank, ...more }
}

interface TableFile {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly pinned: boolean
}

/** CKAN as a table of resources by id, with compare-and-set writes. It records every call as `<method> <id>`. */
export interface TableCatalog extends Catalog {
  readonly calls: string[]
  readonly revisions: (readonly ResourceChange[])[]
  /** Owners of images by `<type> <id>`. */
  readonly owners: Map<string, ImageOwner>
  /** Registered files by their location. */
  readonly files: Map<string, TableFile>
  resource(id: string): Resource
  all(): readonly Resource[]
  set(id: string, more: Partial<Resource>): void
  remove(id: string): void
  /** Called instead of a method, or before it when it returns `undefined`. */
  readonly override: {
    dataset?: Partial<Dataset>
    readDataset?: (id: string) => void
    revise?: (changes: readonly ResourceChange[]) => Revision | undefined | Promise<undefined>
    submit?: (id: string) => boolean
    createViews?: (id: string) => number
    afterRevise?: () => unknown
    setImage?: (url: string) => unknown
    afterSetImage?: (url: string) => void
    /** Called before a step of a file is done, with its name. */
    file?: (step: 'register' | 'rename' | 'give' | 'remove') => void
    afterFile?: (step: 'register' | 'rename' | 'give') => void
    /** CKAN removes the object of a file that it deletes. */
    removeObject?: (location: string) => void
  }
  count(start: string): number
}

export function createTableCatalog(resources: readonly Resource[]): TableCatalog {
  const rows = new Map(resources.map((resource) => [resource.id, resource]))
  const owners = new Map<string, ImageOwner>()
  const files = new Map<string, TableFile>()
  const calls: string[] = []
  const revisions: (readonly ResourceChange[])[] = []
  const override: TableCatalog['override'] = {}
  const resource = (id: string): Resource => rows.get(id) ?? resourceOf('missing')
  const isStale = ({ resource: { id, url, lastModified } }: ResourceChange): boolean =>
    rows.get(id)?.url !== url || rows.get(id)?.lastModified !== lastModified

  const apply = (changes: readonly ResourceChange[]): Revision => {
    if (changes.some(isStale)) return { kind: 'conflict' }
    for (const {
      resource: { id },
      fields,
    } of changes) {
      const { url_type, last_modified, ...rest } = { url_type: undefined, last_modified: undefined, ...fields }
      const { urlType, lastModified } = resource(id)
      const present = { urlType: url_type ?? urlType, lastModified: last_modified ?? lastModified }
      rows.set(id, { ...resource(id), ...rest, ...present })
    }
    return { kind: 'written' }
  }

  const changeFile = (step: 'rename' | 'give', id: string, change: Partial<TableFile>): void => {
    calls.push(`${step}File ${id}`)
    override.file?.(step)
    const [location, file] = [...files].find(([, one]) => one.id === id) ?? []
    if (location === undefined || file === undefined) throw new NotFoundError('There is no such file.')
    if (!(step === 'give' && file.pinned)) files.set(location, { ...file, ...change })
    override.afterFile?.(step)
  }

  return {
    calls,
    owners,
    files,
    revisions,
    override,
    resource,
    all: () => [...rows.values()],
    set: (id, more) => void rows.set(id, { ...resourceOf(id), ...rows.get(id), ...more }),
    remove: (id) => void rows.delete(id),
    count: (start) => calls.filter((call) => call.startsWith(start)).length,
    readDataset: async (id) => {
      calls.push(`readDataset ${id}`)
      override.readDataset?.(id)
      const own = [...rows.values()].filter(({ datasetId }) => datasetId === id)
      return { id, state: 'active', private: false, resources: own, readAt: CKAN_TIME, ...override.dataset }
    },
    findDataset: async (resourceId) => {
      calls.push(`findDataset ${resourceId}`)
      return rows.get(resourceId)?.datasetId
    },
    revise: async (datasetId, changes) => {
      calls.push(`revise ${datasetId}`)
      revisions.push(changes)
      const revision = (await override.revise?.(changes)) ?? apply(changes)
      await override.afterRevise?.()
      return revision
    },
    submit: async (resourceId) => {
      calls.push(`submit ${resourceId}`)
      return override.submit?.(resourceId) ?? true
    },
    createViews: async ({ id, format }) => {
      calls.push(`createViews ${id} ${format}`)
      return override.createViews?.(id) ?? 1
    },
    readImageOwner: async (type, id) => {
      calls.push(`readImageOwner ${type} ${id}`)
      return owners.get(`${type} ${id}`)
    },
    setImage: async ({ type, id }, imageUrl) => {
      calls.push(`setImage ${type} ${id}`)
      await override.setImage?.(imageUrl)
      owners.set(`${type} ${id}`, { type, id, state: 'active', imageUrl })
      override.afterSetImage?.(imageUrl)
    },
    registerFile: async ({ storage, location }, owner) => {
      calls.push(`registerFile ${storage} ${location}`)
      override.file?.('register')
      const file = files.get(location) ?? { id: `file-${files.size}`, name: location, owner: 'service', pinned: false }
      files.set(location, file)
      override.afterFile?.('register')
      if (![owner.id, 'service'].includes(file.owner)) return undefined
      return { id: file.id, isGiven: file.owner === owner.id }
    },
    renameFile: async (id, name) => changeFile('rename', id, { name }),
    giveFile: async (id, { id: owner, pinned }) => changeFile('give', id, { owner, pinned }),
    readFile: async (id) => {
      calls.push(`readFile ${id}`)
      const [location, file] = [...files].find(([, one]) => one.id === id) ?? []
      if (location === undefined || file === undefined) return undefined
      return { storage: 'uplink', location, owner: { type: 'package', id: file.owner, pinned: file.pinned } }
    },
    deleteFile: async (id) => {
      calls.push(`deleteFile ${id}`)
      override.file?.('remove')
      const [location] = [...files].find(([, one]) => one.id === id) ?? []
      if (location === undefined) throw new NotFoundError('There is no such file.')
      files.delete(location)
      override.removeObject?.(location)
    },
    removeFile: async (id, owner) => {
      calls.push(`removeFile ${id}`)
      override.file?.('remove')
      const [location, file] = [...files].find(([, one]) => one.id === id) ?? []
      if (file !== undefined && file.owner !== owner.id) return false
      if (location !== undefined) files.delete(location)
      return true
    },
  }
}
