import { UnavailableError } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import type { DatasetLister } from '../ports/index.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { MINUTE_MS } from '../support/units.ts'
import { filesPrefix, parseFileKey } from '../uploads/file-keys.ts'
import { parseUrlOfResource } from '../uploads/linked-url.ts'
import { type Amount, organizationOfUsed, parseReservationKey, QUOTAS_PREFIX, writeUsed } from '../uploads/quotas.ts'
import { readRecord } from '../uploads/upload-record.ts'

const BATCH = 100
/** How late CKAN's search may show a linked file. */
const SLACK_MS = 10 * MINUTE_MS

interface CountDeps extends Pick<LinkDeps, 'settings' | 'store' | 'clock'> {
  readonly lister: DatasetLister
}

/**
 * Counts the files that CKAN shows of each organization, by the size in CKAN, and the files of CKAN that no resource
 * links to, and stores the sums. Then removes the reservations of uploads that the sums contain, and expired ones.
 * Returns the number of organizations. Throws when the bucket or CKAN cannot be read, or after `forMs`; then the
 * earlier sums stay.
 */
export async function countQuotas(deps: CountDeps, forMs = Number.POSITIVE_INFINITY): Promise<number> {
  const { settings, store, clock } = deps
  const startedAt = clock.now()
  const sums = await sumFiles(deps, startedAt.getTime() + forMs)
  const limit = createLimiter(settings.storeConcurrency)
  const at = startedAt.toISOString()
  await Promise.all([...sums].map(([id, sum]) => limit(() => writeUsed(store, id, { ...sum, at }))))
  const settle = async (key: string): Promise<void> => {
    const organization = organizationOfUsed(key)
    if (organization !== undefined && !sums.has(organization))
      await writeUsed(store, organization, { bytes: 0, files: 0, at })
    else if (await isCounted(deps, key, startedAt)) await store.remove(key)
  }
  for await (const objects of inBatches(store.list(QUOTAS_PREFIX), BATCH))
    await Promise.all(objects.map(({ key }) => limit(() => settle(key))))
  return sums.size
}

async function sumFiles(
  { settings, store, lister, clock }: CountDeps,
  until: number,
): Promise<ReadonlyMap<string, Amount>> {
  const sums = new Map<string, Amount>()
  for await (const { ownerOrg, resources } of lister.datasets()) {
    if (clock.now().getTime() > until) throw tooLate('CKAN took too long to list its datasets')
    if (ownerOrg === undefined) continue
    const own = resources.filter(({ id, url }) => parseUrlOfResource(settings, id, url) !== undefined)
    const bytes = own.reduce((sum, { size }) => sum + (size ?? 0), 0)
    add(sums, ownerOrg, { bytes, files: own.length })
  }
  // CKAN lists no files of an organization that no resource links to. Their keys name it.
  for await (const { key, size } of store.list(filesPrefix(settings.keyPrefix))) {
    if (clock.now().getTime() > until) throw tooLate('The bucket took too long to list files')
    const organization = parseFileKey(settings.keyPrefix, key)?.organization
    if (organization !== undefined) add(sums, organization, { bytes: size, files: 1 })
  }
  return sums
}

function tooLate(what: string): UnavailableError {
  return new UnavailableError(`${what}. Run \`npm run uplink -- quota count\`.`)
}

function add(sums: Map<string, Amount>, organization: string, more: Amount): void {
  const { bytes, files } = sums.get(organization) ?? { bytes: 0, files: 0 }
  sums.set(organization, { bytes: bytes + more.bytes, files: files + more.files })
}

/** Whether the sums contain the file of this reservation, or the upload has expired. */
async function isCounted({ store }: CountDeps, key: string, startedAt: Date): Promise<boolean> {
  const reservation = parseReservationKey(key)
  if (reservation === undefined) return false
  if (reservation.until < startedAt) return true
  const linkedAt = (await readRecord(store, reservation.uploadId))?.record.linked?.at
  return linkedAt !== undefined && Date.parse(linkedAt) < startedAt.getTime() - SLACK_MS
}
