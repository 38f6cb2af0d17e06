import { type LinkDeps, link } from '../link/link.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import type { Outcome } from '../notifications/outcome.ts'
import type { StoredObject } from '../ports/index.ts'
import { inBatches, modifiedSince, startAfter } from '../support/batches.ts'
import { buildKey, IMAGE_PREFIX } from '../uploads/keys.ts'
import { createFileRemover } from './file-remover.ts'
import type { Finding } from './finding.ts'
import type { Phase, PhaseOptions, ReconcilePosition, ReconcileStep } from './reconcile-phase.ts'

const BATCH = 100

/** Files of resources. */
export const reconcileFiles: Phase = (deps, options, after) => {
  const { settings, store } = deps
  const files =
    options.dataset === undefined
      ? store.list(settings.keyPrefix, startAfter(after))
      : filesOfDataset(deps, options.dataset)
  return reconcileObjects(deps, options, 'files', files)
}

/** Images of organizations, groups and users. */
export const reconcileImages: Phase = async function* (deps, options, after) {
  if (options.dataset === undefined)
    yield* reconcileObjects(deps, options, 'images', deps.store.list(IMAGE_PREFIX, startAfter(after)))
}

/** Lists all files each time: a dataset is small enough to start from the beginning. */
async function* filesOfDataset(
  { settings, store, catalog }: LinkDeps,
  datasetId: string,
): AsyncGenerator<StoredObject> {
  const dataset = await catalog.readDataset(datasetId)
  for (const { id } of dataset?.resources ?? []) {
    const key = buildKey(settings.keyPrefix, { resourceId: id })
    const plain = await store.head(key)
    if (plain) yield plain
    yield* store.list(`${key}/`)
  }
}

async function* reconcileObjects(
  deps: LinkDeps,
  { since, removal, restoreRecords = false }: PhaseOptions,
  phase: ReconcilePosition['phase'],
  listing: AsyncIterable<StoredObject>,
): AsyncGenerator<ReconcileStep> {
  const removeUnneeded = createFileRemover(deps, removal)
  for await (const objects of inBatches(modifiedSince(listing, since), BATCH)) {
    const events = objects.map(
      ({ key, etag }): ObjectEvent => ({
        bucket: deps.settings.bucket,
        key,
        kind: 'listed',
        etag,
        ...(restoreRecords && { restoresRecord: true }),
      }),
    )
    const outcomes = await link(deps, events)
    for (const [index, object] of objects.entries()) {
      const [event, outcome] = [events[index], outcomes[index]]
      if (event === undefined || outcome === undefined) continue
      const removed = await removeUnneeded(object, outcome)
      yield { finding: removed ?? findingOf(object, event, outcome), position: { phase, after: object.key } }
    }
    yield { position: { phase, ...startAfter(objects.at(-1)?.key) } }
  }
}

function findingOf({ key, size }: StoredObject, event: ObjectEvent, outcome: Outcome): Finding {
  return outcome.kind === 'orphaned'
    ? { kind: 'orphan', key, size, reason: outcome.reason }
    : { kind: 'object', event, outcome }
}
