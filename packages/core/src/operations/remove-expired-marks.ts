import type { LinkDeps } from '../link/link.ts'
import { RECORDS_KEPT_MS } from '../link/read-upload.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { expiryOfMark, OPEN_PREFIX } from '../uploads/open-uploads.ts'
import { VERDICTS_PREFIX } from '../uploads/scans.ts'
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
  return removed + (await removeOldVerdicts({ settings, store, clock }))
}

/** The record of a linked file has its verdict. A file that comes back after a month is scanned again. */
async function removeOldVerdicts({
  settings,
  store,
  clock,
}: Pick<LinkDeps, 'settings' | 'store' | 'clock'>): Promise<number> {
  const limit = createLimiter(settings.storeConcurrency)
  const before = clock.now().getTime() - RECORDS_KEPT_MS
  let removed = 0
  for await (const objects of inBatches(store.list(VERDICTS_PREFIX), BATCH)) {
    const old = objects.filter(({ modifiedAt }) => modifiedAt.getTime() < before)
    await Promise.all(old.map(({ key }) => limit(() => store.remove(key))))
    removed += old.length
    if (removed >= MAX_REMOVED) break
  }
  return removed
}
