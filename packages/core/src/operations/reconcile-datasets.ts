import { createLimiter, type Limiter } from '../limiter.ts'
import type { LinkDeps } from '../link/link.ts'
import type { Dataset, Resource } from '../ports.ts'
import { inBatches } from './in-batches.ts'
import { ownKey } from './own-key.ts'
import type { Finding, Phase, ReconcileOptions } from './reconcile.ts'
import { startAfter } from './reconcile-objects.ts'

const BATCH = 20

/** Resources whose URL is one of ours and whose object isn't in the bucket. What is deleted in CKAN is nobody's loss. */
export const reconcileDatasets: Phase = async function* (deps, options, after) {
  const limit = createLimiter(deps.settings.storeConcurrency)
  let done = after
  for await (const datasets of inBatches(datasetsOf(deps, options, after), BATCH)) {
    const found = await Promise.all(datasets.map((dataset) => findGone(deps, dataset, limit)))
    for (const finding of found.flat()) yield { finding, position: { phase: 'datasets', ...startAfter(done) } }
    done = datasets.at(-1)?.id
    yield { position: { phase: 'datasets', ...startAfter(done) } }
  }
}

async function* datasetsOf({ catalog }: LinkDeps, { lister, dataset: id, since }: ReconcileOptions, after: string | undefined): AsyncGenerator<Dataset> {
  if (id === undefined) return yield* lister?.datasets({ ...startAfter(after), ...(since && { since }) }) ?? []
  const dataset = await catalog.readDataset(id)
  if (dataset) yield dataset
}

async function findGone(deps: LinkDeps, { id, state, resources }: Dataset, limit: Limiter): Promise<readonly Finding[]> {
  if (state === 'deleted') return []
  const isGone = async (resource: Resource) => {
    const key = ownKey(deps.settings, resource.url)
    return key !== undefined && (await limit(() => deps.store.head(key))) === undefined
  }
  const missing = await Promise.all(resources.map(isGone))
  return missing.includes(true) ? confirm(deps, id, isGone) : []
}

/** A listing may be old: what counts is what CKAN itself shows now, and what is there after that. */
async function confirm({ settings, catalog }: LinkDeps, datasetId: string, isGone: (resource: Resource) => Promise<boolean>): Promise<readonly Finding[]> {
  const dataset = await catalog.readDataset(datasetId)
  if (dataset === undefined || dataset.state === 'deleted') return []
  const findings = dataset.resources.map(async (resource) => ((await isGone(resource)) ? [objectGone(resource, ownKey(settings, resource.url) ?? '')] : []))
  return (await Promise.all(findings)).flat()
}

function objectGone({ id, datasetId, url }: Resource, key: string): Finding {
  const reason = `CKAN points to the object ${JSON.stringify(key)}, and the bucket has none.`
  const what_to_do = 'Upload the file again, bring the object back from a backup, or give the resource another URL.'
  return { kind: 'object-gone', datasetId, resourceId: id, url, key, reason, what_to_do }
}
