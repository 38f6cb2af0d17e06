import { HTTPException } from 'hono/http-exception'
import { inTime } from './in-time.ts'

/** The gateway ends a stream that is idle for this long. */
export const IDLE_MS = 20_000
/** The gateway ends a body that keeps it waiting for longer in total. */
export const MAX_WAIT_MS = 300_000
/** One kilobyte per second. A slower body would only block a connection to CKAN. */
const LEAST_BYTES_PER_MS = 1

/** Reads the next chunk of a stream. Throws 408 if none arrives in time. */
export function readInTime<T>(reader: ReadableStreamDefaultReader<T>): ReturnType<typeof reader.read> {
  const words = `No data arrived for ${IDLE_MS / 1000} s.`
  return inTime(IDLE_MS, reader.read(), () => new HTTPException(408, { message: words }))
}

/**
 * Reads a body as `readInTime` does. It also throws 408 for a body that is too slow in total. Only the time that the
 * gateway waits counts.
 */
export function createPacedReader(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>) {
  let waitedMs = 0
  let bytes = 0
  return async () => {
    const start = Date.now()
    const next = await readInTime(reader)
    waitedMs += Date.now() - start
    bytes += next.value?.byteLength ?? 0
    if (waitedMs > Math.min(MAX_WAIT_MS, IDLE_MS + bytes / LEAST_BYTES_PER_MS))
      throw new HTTPException(408, { message: 'The request body arrived too slowly.' })
    return next
  }
}
