import { IMAGE_PREFIX } from './keys.ts'
import { type LinkDeps, link } from './link/link.ts'
import { logOutcome } from './log-outcome.ts'
import type { ObjectEvent } from './object-event.ts'
import type { Outcome } from './outcome.ts'
import { removeReplaced } from './remove-replaced.ts'

const BATCH = 100

/**
 * Finds what was missed: every object in the bucket goes through the same linker, as if its event had come again.
 * Streams the listing, so memory doesn't grow with the bucket; what CKAN already shows is not written again.
 * Files that were replaced long enough ago are removed where the settings ask for it. An outcome `retry` is left to the next
 * run. Throws when the listing does.
 */
export async function* reconcile(deps: LinkDeps): AsyncGenerator<{ readonly event: ObjectEvent; readonly outcome: Outcome }> {
  for await (const events of batches(deps)) {
    const outcomes = await link(deps, events)
    for (const [index, outcome] of outcomes.entries()) {
      const event = events[index]
      if (event === undefined) continue
      if (outcome.kind !== 'unchanged' && outcome.kind !== 'superseded') logOutcome(deps, event, outcome)
      if (outcome.kind === 'superseded') await removeReplaced(deps, event.key, outcome.by)
      yield { event, outcome }
    }
  }
}

/** Reconciles to the end, and says in the log what became of how many objects. */
export async function reconcileAll(deps: LinkDeps): Promise<void> {
  const counts: Partial<Record<Outcome['kind'], number>> = {}
  for await (const { outcome } of reconcile(deps)) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1
  deps.logger.log('info', 'reconciled', counts)
}

async function* batches({ store, settings }: LinkDeps): AsyncGenerator<readonly ObjectEvent[]> {
  let batch: ObjectEvent[] = []
  for (const prefix of [settings.keyPrefix, IMAGE_PREFIX]) {
    for await (const { key } of store.list(prefix)) {
      batch.push({ bucket: settings.bucket, key, kind: 'listed' })
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
