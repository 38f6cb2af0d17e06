import { messageOf, UnavailableError } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import { logOutcome } from '../notifications/log-outcome.ts'
import type { DatasetLister } from '../ports/index.ts'
import { MINUTE_MS } from '../support/units.ts'
import { hasQuotas } from '../uploads/quotas.ts'
import { RECORDS_COMPLETE_KEY } from '../uploads/serving.ts'
import { countQuotas } from './count-quotas.ts'
import type { Finding } from './finding.ts'
import type { OperationDeps } from './operation-deps.ts'
import { countParked } from './parked.ts'
import { reconcile } from './reconcile.ts'
import { openNotes } from './reconcile-note.ts'
import { removeExpiredMarks } from './remove-expired-marks.ts'
import { recordsLookedAtMs } from './remove-unlinked-record.ts'

/** The longest time for reading all datasets before the first removal. The platforms end a run after 15 minutes. */
const ASKED_FOR_MS = 300_000
/** The longest time for listing all datasets before the first look at a file. */
const LISTED_FOR_MS = 120_000

/**
 * The scheduled run. It first logs how many messages are parked. It continues where the last run was interrupted, so
 * that several nights can cover a large bucket. It starts from the beginning after a complete run, and after a
 * continued run that made no progress. It logs each repair, warns about each missing object, and ends with the number
 * of findings by kind. It notes resources that have lost the URL of a file. It reads only records that are young
 * enough to expire or to be removed; earlier runs have read the others. It writes missing records until one run has
 * covered the whole bucket.
 */
export async function reconcileAll(deps: OperationDeps): Promise<void> {
  const { store, logger } = deps
  const lister = boundedLister(deps)
  const counts: Record<string, number> = {}
  await removeExpiredMarks(deps)
  await remindOfParked(deps)
  await countIfLimited(deps)
  const notes = await openNotes(deps)
  const { after } = notes
  const recordsSince = new Date(deps.clock.now().getTime() - recordsLookedAtMs(deps.settings))
  const restoreRecords = (await store.head(RECORDS_COMPLETE_KEY)) === undefined
  try {
    for await (const { finding, position } of reconcile(deps, {
      lister,
      recordsSince,
      restoreRecords,
      listForMs: LISTED_FOR_MS,
      ...(after && { after }),
    })) {
      if (finding) {
        const kind = finding.kind === 'object' ? finding.outcome.kind : finding.kind
        counts[kind] = (counts[kind] ?? 0) + 1
        notes.add(finding)
        logFinding(deps, finding)
      }
      await notes.noteIfDue(position)
    }
  } catch (error) {
    await notes.giveUp()
    throw error
  }
  await notes.end()
  logger.log('info', 'reconciled', { ...counts, ...(after && { continued_from: after.phase }) })
}

/** The line matches the same alarms as a message that is parked now, so that a missed mail is followed by another. */
async function remindOfParked({ store, logger }: OperationDeps): Promise<void> {
  const count = await countParked(store)
  if (count > 0) logger.log('error', 'still_parked', { outcome: 'parked', count })
}

/** Uploads are counted by the earlier sums if CKAN cannot be read now. */
async function countIfLimited(deps: OperationDeps): Promise<void> {
  if (!hasQuotas(deps.settings)) return
  try {
    deps.logger.log('info', 'quotas_counted', { organizations: await countQuotas(deps, LISTED_FOR_MS) })
  } catch (error) {
    deps.logger.log('warn', 'quotas_not_counted', { reason: messageOf(error) })
  }
}

/** Without this limit, on a very large site every run would end while it reads CKAN, before the first removal. */
function boundedLister({ lister, clock }: OperationDeps): DatasetLister {
  return {
    async *datasets(options = {}) {
      const until = options.complete ? clock.now().getTime() + ASKED_FOR_MS : Number.POSITIVE_INFINITY
      for await (const dataset of lister.datasets(options)) {
        if (clock.now().getTime() > until) throw new UnavailableError(TOO_LARGE)
        yield dataset
      }
    },
  }
}

const TOO_LARGE = `CKAN's datasets could not be listed within ${ASKED_FOR_MS / MINUTE_MS} minutes: run reconcile --fix, which has no such limit.`

function logFinding(deps: LinkDeps, finding: Finding): void {
  if (finding.kind === 'object') {
    if (finding.outcome.kind !== 'unchanged' && finding.outcome.kind !== 'superseded')
      logOutcome(deps, finding.event, finding.outcome)
  } else if (finding.kind === 'object_gone') deps.logger.log('warn', 'object_gone', factsOf(finding))
  else if (finding.kind === 'stuck_record' && finding.state === 'unreadable')
    deps.logger.log('warn', 'record_unreadable', factsOf(finding))
}

function factsOf<F extends Finding>({ kind: _, ...facts }: F): Omit<F, 'kind'> {
  return facts
}
