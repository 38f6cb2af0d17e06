import { UnavailableError } from '../errors.ts'
import { type DatasetLinker, type DatasetRun, settleAll } from './dataset-run.ts'
import { changeFor } from './plan-change.ts'
import { gone, RESTORE_OR_DROP, type Result, resourceIsGone, resultOfError } from './result.ts'
import type { Upload } from './upload.ts'
import { ReviseError, writeChanges } from './write-changes.ts'

/** After so many lost races the messages wait, because other writers are busy with this dataset. */
const ROUNDS = 5

/**
 * Links the uploads of one dataset. Each round reads the dataset once, inspects each object, and writes once. A lost
 * race leads to another round. Returns a result for every upload; never throws.
 */
export async function linkDataset(
  linker: DatasetLinker,
  datasetId: string,
  uploads: readonly Upload[],
  moves = 1,
): Promise<ReadonlyMap<Upload, Result>> {
  const run: DatasetRun = { linker, datasetId, moves, results: new Map(), attempted: new Set(), alone: new Set() }
  let cause: unknown = new UnavailableError(
    `Dataset ${datasetId} was changed by others ${ROUNDS} times while its uploads were being linked.`,
  )
  for (let round = 0; round < ROUNDS; round += 1) {
    const open = uploads.filter((upload) => !run.results.has(upload))
    if (open.length === 0) return run.results
    try {
      await linkRound(run, open)
    } catch (error) {
      cause = error
      if (!(error instanceof ReviseError)) break
    }
  }
  for (const upload of uploads)
    if (!run.results.has(upload))
      run.results.set(upload, resultOfError(cause instanceof ReviseError ? cause.cause : cause))
  return run.results
}

async function linkRound(run: DatasetRun, uploads: readonly Upload[]): Promise<void> {
  const dataset = await run.linker.catalog.readDataset(run.datasetId)
  const resources = new Map(dataset?.resources.map((resource) => [resource.id, resource]))
  await linkElsewhere(
    run,
    uploads.filter((upload) => !resources.has(upload.parsed.resourceId)),
  )
  if (dataset === undefined) return
  const open = uploads.filter((upload) => !run.results.has(upload))
  if (dataset.state === 'deleted')
    return settleAll(run, open, gone(`Dataset ${run.datasetId} is deleted in CKAN.`, RESTORE_OR_DROP))
  const here = Map.groupBy(open, (upload) => resources.get(upload.parsed.resourceId))
  const found = await Promise.all(
    [...here].map(([resource, group]) => resource && changeFor(run, { dataset, resource }, group)),
  )
  await writeChanges(
    run,
    found.filter((change) => change !== undefined),
  )
}

/** Handles resources that are no longer in the dataset: they moved to another dataset, or no longer exist. */
async function linkElsewhere(run: DatasetRun, uploads: readonly Upload[]): Promise<void> {
  for (const [resourceId, group] of Map.groupBy(uploads, (upload) => upload.parsed.resourceId)) {
    try {
      await linkMoved(run, resourceId, group)
    } catch (error) {
      for (const upload of group) run.results.set(upload, resultOfError(error))
    }
  }
}

async function linkMoved(run: DatasetRun, resourceId: string, uploads: readonly Upload[]): Promise<void> {
  const datasetId = await run.linker.catalog.findDataset(resourceId)
  if (datasetId === undefined) return settleAll(run, uploads, resourceIsGone(resourceId))
  // The next round looks again for a resource that seems to have moved once more.
  if (datasetId === run.datasetId || run.moves === 0) return
  for (const [upload, result] of await linkDataset(run.linker, datasetId, uploads, run.moves - 1))
    run.results.set(upload, result)
}
