import type { LinkDeps } from '../link/link.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { expiryOfMark, OPEN_PREFIX } from '../uploads/open-uploads.ts'
import { expiryOfSentRequest } from '../uploads/sent-request.ts'

const BATCH = 100
/** So many take a few seconds and leave time for the rest of the run. The next night removes the others. */
const MAX_REMOVED = 20_000

/**
 * Removes the marks of uploads that expired without a file, and sent requests that no client repeats any more. Such
 * objects no longer count, and make listings longer. Returns the number of removed objects. Throws when the store does.
 */
export async function removeExpiredMarks({ settings, store, clock }: LinkDeps): Promise<number> {
  const limit = createLimiter(settings.storeConcurrency)
  const now = clock.now().getTime()
  let removed = 0
  for await (const objects of inBatches(store.list(OPEN_PREFIX), BATCH)) {
    const expired = objects.filter(
      (object) => ((expiryOfMark(object.key) ?? expiryOfSentRequest(object))?.getTime() ?? now) < now,
    )
    await Promise.all(expired.map(({ key }) => limit(() => store.remove(key))))
    removed += expired.length
    if (removed >= MAX_REMOVED) break
  }
  return removed
}
