import type { UploadKey } from '../uploads/image-keys.ts'
import type { Result } from './result.ts'
import type { Upload } from './upload.ts'

/** Between two writes of CKAN for the same upload. */
const LEAST_SECONDS = 60

/**
 * The answer for an upload whose object was replaced again too soon after CKAN was written for it: its message comes again when
 * the time is over, and the state of the object by then is linked. `undefined`: write now. Always so for an event that does not
 * come again, and where `writtenAt` makes no sense.
 */
export function writeDelay({ key, mayWait }: Upload<UploadKey>, writtenAt: Date, now: Date): Result | undefined {
  const seconds = (now.getTime() - writtenAt.getTime()) / 1000
  if (!mayWait || !(seconds >= 0 && seconds < LEAST_SECONDS)) return undefined
  return {
    kind: 'retry',
    afterSeconds: Math.ceil(LEAST_SECONDS - seconds),
    cause: new Error(
      `CKAN was written for ${JSON.stringify(key)} less than ${LEAST_SECONDS} seconds ago: its new content waits.`,
    ),
  }
}
