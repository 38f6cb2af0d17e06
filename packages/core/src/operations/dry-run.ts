import type { LinkDeps } from '../link/link.ts'
import type { Catalog, DatasetLister, ObjectStore, Resource, ResourceChange } from '../ports/index.ts'
import { createRecentMap } from '../support/recent-map.ts'

/** The dry run remembers so many pretended writes, more than one batch needs. */
const MAX_REMEMBERED = 2000

/**
 * Returns the same deps for a dry run, which writes nothing to CKAN, the bucket or the log. A pretended write succeeds
 * when its condition holds, and later reads return its content. So the outcomes are the same as in a real run, except
 * for writes that CKAN's validation would refuse.
 */
export function dryRun<Deps extends DryRunDeps>(deps: Deps): Deps {
  const { catalog, asRevised } = dryRunCatalog(deps.catalog)
  return {
    ...deps,
    store: dryRunStore(deps.store),
    catalog,
    logger: { log: () => {} },
    publishEvent: undefined,
    ...(deps.lister && { lister: dryRunLister(deps.lister, asRevised) }),
  }
}

interface DryRunDeps extends LinkDeps {
  readonly lister?: DatasetLister
}

function dryRunLister(lister: DatasetLister, asRevised: (resource: Resource) => Resource): DatasetLister {
  return {
    async *datasets(options) {
      for await (const dataset of lister.datasets(options))
        yield { ...dataset, resources: dataset.resources.map(asRevised) }
    },
  }
}

type Written = NonNullable<Awaited<ReturnType<ObjectStore['get']>>>

function dryRunStore(store: ObjectStore): ObjectStore {
  const written = createRecentMap<Written | 'removed'>(MAX_REMEMBERED)
  const find = async (key: string) => {
    const own = written.get(key)
    return own === undefined ? store.head(key) : own === 'removed' ? undefined : own.object
  }
  let writes = 0
  return {
    head: find,
    async get(key, range) {
      const own = written.get(key)
      if (own === undefined) return store.get(key, range)
      return own === 'removed' ? undefined : own
    },
    sha256: (key, etag) => store.sha256(key, etag),
    list: (prefix, options) => store.list(prefix, options),
    async put(key, bytes, { contentType, onlyIf } = {}) {
      const present = onlyIf === undefined ? undefined : (await find(key))?.etag
      if (onlyIf !== undefined && present !== (onlyIf === 'absent' ? undefined : onlyIf.etag)) return undefined
      writes += 1
      const etag = `dry-run-${writes}`
      written.set(key, {
        bytes,
        object: {
          key,
          etag,
          size: bytes.byteLength,
          modifiedAt: new Date(),
          ...(contentType !== undefined && { contentType }),
        },
      })
      return etag
    },
    async remove(key) {
      written.set(key, 'removed')
    },
    async purge(key) {
      written.set(key, 'removed')
      return undefined
    },
  }
}

function dryRunCatalog(catalog: Catalog): {
  readonly catalog: Catalog
  readonly asRevised: (resource: Resource) => Resource
} {
  const revised = createRecentMap<ResourceChange>(MAX_REMEMBERED)
  const images = createRecentMap<string>(MAX_REMEMBERED)
  /** The resource with its pretended change, as long as CKAN shows the state that the change is based on. */
  const asRevised = (resource: Resource): Resource => {
    const change = revised.get(resource.id)
    if (change?.resource.url !== resource.url || change.resource.lastModified !== resource.lastModified) return resource
    if (!('last_modified' in change.fields)) return { ...resource, ...change.fields }
    const { url_type: urlType, last_modified: lastModified, ...fields } = change.fields
    return { ...resource, ...fields, urlType, lastModified }
  }
  const readDataset: Catalog['readDataset'] = async (id) => {
    const dataset = await catalog.readDataset(id)
    return dataset && { ...dataset, resources: dataset.resources.map(asRevised) }
  }
  const catalogOfDryRun: Catalog = {
    readDataset,
    findDataset: (resourceId) => catalog.findDataset(resourceId),
    async revise(_datasetId, changes) {
      for (const change of changes) {
        const before = revised.get(change.resource.id)
        // A second change is based on the first pretended change, but CKAN still shows the state before both.
        const resource = before?.fields.url === change.resource.url ? before.resource : change.resource
        revised.set(change.resource.id, { ...change, resource })
      }
      return { kind: 'written' }
    },
    submit: async () => true,
    createViews: async () => 0,
    async readImageOwner(type, id) {
      const owner = await catalog.readImageOwner(type, id)
      return owner && { ...owner, imageUrl: images.get(`${type}/${id}`) ?? owner.imageUrl }
    },
    async setImage({ type, id }, url) {
      images.set(`${type}/${id}`, url)
    },
    registerFile: async () => undefined,
    renameFile: async () => {},
    giveFile: async () => {},
    readFile: (id) => catalog.readFile(id),
    removeFile: async () => true,
    deleteFile: async () => {},
  }
  return { catalog: catalogOfDryRun, asRevised }
}
