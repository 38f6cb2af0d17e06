import type { LinkDeps } from '../link/link.ts'
import type { Dataset, Resource } from '../ports/index.ts'
import { inBatches, startAfter } from '../support/batches.ts'
import { createLimiter, type Limiter } from '../support/limiter.ts'
import { parseOwnUrl } from '../uploads/own-url.ts'
import type { Finding } from './finding.ts'
import type { Phase, ReconcileOptions } from './reconcile-phase.ts'

const BATCH = 20

/**
 * Finds resources that point to a missing object. Skips datasets that are deleted in CKAN, because no user misses them.
 */
export const reconcileDatasets: Phase = async function* (deps, options, after) {
  const limit = createLimiter(deps.settings.storeConcurrency)
  let done = after
  for await (const datasets of inBatches(datasetsOf(deps, options, after), BATCH)) {
    const found = await Promise.all(datasets.map((dataset) => findMissing(deps, dataset, limit)))
    for (const finding of found.flat()) yield { finding, position: { phase: 'datasets', ...startAfter(done) } }
    done = datasets.at(-1)?.id
    yield { position: { phase: 'datasets', ...startAfter(done) } }
  }
}

async function* datasetsOf(
  { catalog }: LinkDeps,
  { lister, dataset: id, since }: ReconcileOptions,
  after: string | undefined,
): AsyncGenerator<Dataset> {
  if (id === undefined) return yield* lister?.datasets({ ...startAfter(after), ...(since && { since }) }) ?? []
  const dataset = await catalog.readDataset(id)
  if (dataset) yield dataset
}

async function findMissing(deps: LinkDeps, listed: Dataset, limit: Limiter): Promise<readonly Finding[]> {
  if ((await findMissingIn(deps, listed, limit)).length === 0) return []
  // The listing may be old, so this reads the dataset and then its objects again. When CKAN cannot show the dataset,
  // the listed state counts, so that one failure does not hide the missing objects of other datasets.
  const dataset = await deps.catalog.readDataset(listed.id).catch(() => listed)
  return dataset ? findMissingIn(deps, dataset, limit) : []
}

async function findMissingIn(
  { settings, store }: LinkDeps,
  { state, resources }: Dataset,
  limit: Limiter,
): Promise<readonly Finding[]> {
  if (state === 'deleted') return []
  const findings = resources.map(async (resource) => {
    const key = parseOwnUrl(settings, resource.url)?.key
    return key === undefined || (await limit(() => store.head(key))) ? [] : [objectGone(resource, key)]
  })
  return (await Promise.all(findings)).flat()
}

function objectGone({ id, datasetId, url }: Resource, key: string): Finding {
  const reason = `CKAN points to the object ${JSON.stringify(key)}, which does not exist in the bucket.`
  const what_to_do = 'Upload the file again, restore the object from a backup, or give the resource another URL.'
  return { kind: 'object_gone', datasetId, resourceId: id, url, key, reason, what_to_do }
}
