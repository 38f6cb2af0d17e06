import { UNSENT_PREFIX } from '../events/unsent.ts'
import type { LinkDeps } from '../link/link.ts'
import { RECORDS_KEPT_MS } from '../link/read-upload.ts'
import type { StoredObject } from '../ports/index.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { DAY_MS } from '../support/units.ts'
import { LINK_MARKS_PREFIX, linkKey, MAX_LINK_DAYS } from '../uploads/link-keys.ts'
import { expiryOfMark, OPEN_PREFIX } from '../uploads/open-uploads.ts'
import { endWaiting, VERDICTS_PREFIX, type WaitingFile, waitingFiles } from '../uploads/scans.ts'
import { expiryOfSentRequest } from '../uploads/sent-request.ts'
import { unscannedObject } from './scan-file.ts'

const BATCH = 100
/** So many take a few seconds and leave time for the rest of the run. The next night removes the others. */
const MAX_REMOVED = 20_000
/** From its beginning on. So each link stays in the list of its dataset for at least 30 days after its end. */
const LINKS_KEPT_MS = 2 * MAX_LINK_DAYS * DAY_MS

/**
 * Removes the marks of uploads that expired without a file, sent requests that no client repeats any more, and upload
 * links that ended long ago. Such objects no longer count, and make listings longer. Without receivers it also removes
 * events that wait for them. Throws when the store does.
 */
export async function removeExpiredMarks(deps: LinkDeps): Promise<void> {
  const now = deps.clock.now().getTime()
  const isExpired = (object: StoredObject): boolean =>
    ((expiryOfMark(object.key) ?? expiryOfSentRequest(object))?.getTime() ?? now) < now
  const isOlderThan =
    (age: number) =>
    ({ modifiedAt }: StoredObject): boolean =>
      modifiedAt.getTime() < now - age
  await removeBelow(deps, OPEN_PREFIX, isExpired)
  // The record of a linked file has its verdict. A file that comes back after a month is scanned again.
  await removeBelow(deps, VERDICTS_PREFIX, isOlderThan(RECORDS_KEPT_MS))
  if (deps.settings.scanner === 'platform') await endNeedlessWaits(deps)
  if (deps.settings.webhookUrls.length === 0) await removeBelow(deps, UNSENT_PREFIX, isOlderThan(DAY_MS))
  await removeBelow(deps, LINK_MARKS_PREFIX, isOlderThan(LINKS_KEPT_MS), linkOfMark)
}

/** Files that were removed or withdrawn before they were scanned. A scanner of its own ends such waits itself. */
async function endNeedlessWaits({ settings, store }: LinkDeps): Promise<void> {
  const limit = createLimiter(settings.storeConcurrency)
  const end = async (file: WaitingFile): Promise<void> => {
    if ((await unscannedObject(store, file)) === undefined) await endWaiting(store, file.id)
  }
  for await (const files of inBatches(waitingFiles(store), BATCH))
    await Promise.all(files.map((file) => limit(() => end(file))))
}

/** The link goes first, because its mark finds it. */
function linkOfMark(mark: string): string {
  return linkKey(mark.slice(mark.lastIndexOf('/') + 1))
}

/** `belongingTo` names another object, which is removed before. */
async function removeBelow(
  { settings, store }: LinkDeps,
  prefix: string,
  isUnneeded: (object: StoredObject) => boolean,
  belongingTo?: (key: string) => string,
): Promise<void> {
  const limit = createLimiter(settings.storeConcurrency)
  const remove = async (key: string): Promise<void> => {
    if (belongingTo) await store.remove(belongingTo(key))
    await store.remove(key)
  }
  let removed = 0
  for await (const objects of inBatches(store.list(prefix), BATCH)) {
    const unneeded = objects.filter(isUnneeded)
    await Promise.all(unneeded.map(({ key }) => limit(() => remove(key))))
    removed += unneeded.length
    if (removed >= MAX_REMOVED) break
  }
}
