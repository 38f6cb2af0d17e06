import { parseUploadKey, type UploadKey } from './image-keys.ts'
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
  const parsed = event && parseUploadKey(settings.keyPrefix, event.key)
  const ids = typeof parsed === 'object' ? idsOf(parsed) : {}
  const { kind, ...facts } = outcome
  const level = kind === 'parked' ? 'error' : kind === 'retry' ? 'warn' : 'info'
  logger.log(level, 'outcome', { outcome: kind, ...facts, ...ids, key: event?.key, attempt: event?.attempt })
}

function idsOf(key: UploadKey): Readonly<Record<string, string | undefined>> {
  const { uploadId: upload } = key
  return 'ownerType' in key ? { [key.ownerType]: key.ownerId, upload } : { resource: key.resourceId, upload }
}
