import type { ObjectStore } from '@ckan-uplink/core'
import { PARKED_PREFIX } from '@ckan-uplink/core/operations'
import type { GatewayDeps } from '../deps.ts'
import { createRecentAnswers } from '../recent-answers.ts'

const REMEMBERED_MS = 60_000
/** The hour of the nightly run, in UTC. */
const REARMING_HOUR = 3

/**
 * Answers whether an operator should be reminded of parked messages. A health check mails only when its state changes.
 * So in one hour of each day the answer is no, and the check fails again after it. The operator gets a mail each day
 * until nothing is parked.
 */
export function createReminder({ store, clock }: Pick<GatewayDeps, 'store' | 'clock'>): () => Promise<boolean> {
  const answers = createRecentAnswers<boolean>(clock, REMEMBERED_MS)
  return async () => {
    if (clock.now().getUTCHours() === REARMING_HOUR) return false
    const remembered = answers.get(PARKED_PREFIX)
    if (remembered !== undefined) return remembered
    const found = await isAnyParked(store)
    answers.set(PARKED_PREFIX, found)
    return found
  }
}

async function isAnyParked(store: Pick<ObjectStore, 'list'>): Promise<boolean> {
  for await (const _ of store.list(PARKED_PREFIX)) return true
  return false
}
