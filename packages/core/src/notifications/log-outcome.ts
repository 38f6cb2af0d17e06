import type { Clock, Logger } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { type UploadKey, uploadKeyOf } from '../uploads/image-keys.ts'
import { PROBE_PREFIX } from '../uploads/keys.ts'
import type { ObjectEvent } from './object-event.ts'
import type { Outcome } from './outcome.ts'

interface OutcomeLog {
  readonly logger: Logger
  readonly clock: Pick<Clock, 'now'>
  readonly settings: Pick<Settings, 'keyPrefix'>
}

/**
 * Logs one line per outcome, the same on every cloud. The linker parks each probe. The log says `probed` for it, so
 * that it raises no alarm.
 */
export function logOutcome(
  { logger, clock, settings }: OutcomeLog,
  event: ObjectEvent | undefined,
  outcome: Outcome,
): void {
  const parsed = event && uploadKeyOf(settings.keyPrefix, event.key)
  const ids = parsed ? idsOf(parsed) : {}
  const { kind, ...facts } = outcome
  const called = kind === 'parked' && ids['resource']?.startsWith(PROBE_PREFIX) ? 'probed' : kind
  const level = called === 'parked' ? 'error' : called === 'retry' ? 'warn' : 'info'
  logger.log(level, 'outcome', {
    outcome: called,
    ...facts,
    ...ids,
    key: event?.key,
    attempt: event?.attempt,
    ...ageOf(event, clock.now()),
  })
}

/** How long ago the provider saw the event, for figures of the time from an upload to its link. */
function ageOf(event: ObjectEvent | undefined, now: Date): { readonly seconds?: number } {
  const milliseconds = now.getTime() - Date.parse(event?.time ?? '')
  return Number.isNaN(milliseconds) ? {} : { seconds: Math.max(0, Math.round(milliseconds / 100) / 10) }
}

function idsOf(key: UploadKey): Readonly<Record<string, string | undefined>> {
  const { uploadId: upload } = key
  if (key.kind === 'image') return { [key.ownerType]: key.ownerId, upload }
  return key.kind === 'file' ? { upload } : { resource: key.resourceId, upload }
}
