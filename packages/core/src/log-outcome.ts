import { parseKey } from './keys.ts'
import type { ObjectEvent } from './object-event.ts'
import type { Outcome } from './outcome.ts'
import type { Logger } from './ports.ts'
import type { Settings } from './settings.ts'

interface OutcomeLog {
  readonly logger: Logger
  readonly settings: Pick<Settings, 'keyPrefix'>
}

/** One line per outcome, the same on every cloud. */
export function logOutcome({ logger, settings }: OutcomeLog, event: ObjectEvent | undefined, outcome: Outcome): void {
  const parsed = event && parseKey(settings.keyPrefix, event.key)
  const ids = typeof parsed === 'object' ? { resource: parsed.resourceId, upload: parsed.uploadId } : {}
  const { kind, ...facts } = outcome
  const level = kind === 'parked' ? 'error' : kind === 'retry' ? 'warn' : 'info'
  logger.log(level, 'outcome', { outcome: kind, ...facts, ...ids, key: event?.key, attempt: event?.attempt })
}
