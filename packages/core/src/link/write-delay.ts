import type { UploadKey } from '../uploads/image-keys.ts'
import type { Result } from './result.ts'
import type { Upload } from './upload.ts'

/** The shortest time between two writes to CKAN for the same upload. */
const LEAST_SECONDS = 60

/**
 * The result for an upload whose object was replaced too soon after the linker wrote it to CKAN. Its message waits, and
 * the linker then links the object as it is at that time. `undefined` when the linker may write now, when the queue
 * does not deliver the event again, and when `writtenAt` is invalid or in the future.
 */
export function writeDelay({ key, mayWait }: Upload<UploadKey>, writtenAt: Date, now: Date): Result | undefined {
  const seconds = (now.getTime() - writtenAt.getTime()) / 1000
  if (!mayWait || !(seconds >= 0 && seconds < LEAST_SECONDS)) return undefined
  return {
    kind: 'retry',
    afterSeconds: Math.ceil(LEAST_SECONDS - seconds),
    cause: new Error(
      `CKAN was updated for ${JSON.stringify(key)} less than ${LEAST_SECONDS} seconds ago: the new content waits.`,
    ),
  }
}
