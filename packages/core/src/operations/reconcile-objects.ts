import { type LinkDeps, link } from '../link/link.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import type { Outcome } from '../notifications/outcome.ts'
import type { StoredObject } from '../ports/index.ts'
import { inBatches, modifiedSince, startAfter } from '../support/batches.ts'
import { buildKey, IMAGE_PREFIX } from '../uploads/keys.ts'
import { createFileRemover } from './file-remover.ts'
import type { Finding } from './finding.ts'
import { listShown } from './list-shown.ts'
import type { Phase, PhaseOptions, ReconcilePosition, ReconcileStep } from './reconcile-phase.ts'
import { createSettler, type Settle } from './settle-shown.ts'

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
  options: PhaseOptions,
  phase: ReconcilePosition['phase'],
  listing: AsyncIterable<StoredObject>,
): AsyncGenerator<ReconcileStep> {
  const removeUnneeded = createFileRemover(deps, options.removal)
  const settle = phase === 'files' ? settleByList(deps, options) : settleNone
  for await (const objects of inBatches(modifiedSince(listing, options.since), BATCH)) {
    const outcomes = await outcomesOf(deps, options, objects, await settle(objects))
    for (const object of objects) {
      const event = eventOf(deps, options, object)
      const outcome = outcomes.get(object.key)
      if (outcome === undefined) continue
      const removed = await removeUnneeded(object, outcome)
      yield { finding: removed ?? findingOf(object, event, outcome), position: { phase, after: object.key } }
    }
    yield { position: { phase, ...startAfter(objects.at(-1)?.key) } }
  }
}

const settleNone: Settle = async () => new Map()

/**
 * Lists all datasets when the first batch is full, and settles objects by the list. For fewer objects the linker makes
 * fewer calls, and for one dataset too.
 */
function settleByList(deps: LinkDeps, { lister, dataset, listForMs }: PhaseOptions): Settle {
  if (lister === undefined || dataset !== undefined) return settleNone
  let settle: Settle | undefined
  return async (objects) => {
    if (objects.length === BATCH) settle ??= createSettler(deps, await listShown(deps, lister, listForMs))
    return settle?.(objects) ?? new Map()
  }
}

/** The outcome of each object by its key. The linker handles the objects that are not settled. */
async function outcomesOf(
  deps: LinkDeps,
  options: PhaseOptions,
  objects: readonly StoredObject[],
  settled: ReadonlyMap<string, Outcome>,
): Promise<ReadonlyMap<string, Outcome>> {
  const open = objects.filter(({ key }) => !settled.has(key)).map((object) => eventOf(deps, options, object))
  const outcomes = await link(deps, open)
  const linked = open.flatMap(({ key }, index): [string, Outcome][] => {
    const outcome = outcomes[index]
    return outcome ? [[key, outcome]] : []
  })
  return new Map([...settled, ...linked])
}

function eventOf(
  { settings }: LinkDeps,
  { restoreRecords = false }: PhaseOptions,
  { key, etag }: StoredObject,
): ObjectEvent {
  const { bucket } = settings
  return { bucket, key, kind: 'listed', etag, ...(restoreRecords && { restoresRecord: true }) }
}

function findingOf({ key, size }: StoredObject, event: ObjectEvent, outcome: Outcome): Finding {
  return outcome.kind === 'orphaned'
    ? { kind: 'orphan', key, size, reason: outcome.reason }
    : { kind: 'object', event, outcome }
}
