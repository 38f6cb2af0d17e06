import { HTTPException } from 'hono/http-exception'

/** A stream on which nothing moves for so long is ended. */
export const IDLE_MS = 20_000
/** A body that keeps its reader waiting for longer in all is ended. */
export const MAX_WAIT_MS = 300_000
/** A kilobyte a second: a slower body only keeps a connection to CKAN busy. */
const LEAST_BYTES_PER_MS = 1

/** The next chunk of a stream; throws 408 when none comes in time. */
export async function readInTime<T>(reader: ReadableStreamDefaultReader<T>): Promise<ReadableStreamReadResult<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const words = `Nothing came for ${IDLE_MS / 1000} s.`
    timer = setTimeout(() => reject(new HTTPException(408, { message: words })), IDLE_MS)
  })
  try {
    return await Promise.race([reader.read(), tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Reads a body as `readInTime` does; throws 408 as well when it trickles, or takes too long. Only the time of waiting for the client counts. */
export function createPacedReader(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>) {
  let waitedMs = 0
  let bytes = 0
  return async () => {
    const start = Date.now()
    const next = await readInTime(reader)
    waitedMs += Date.now() - start
    bytes += next.value?.byteLength ?? 0
    if (waitedMs > Math.min(MAX_WAIT_MS, IDLE_MS + bytes / LEAST_BYTES_PER_MS))
      throw new HTTPException(408, { message: 'The body came too slowly.' })
    return next
  }
}
