import { HTTPException } from 'hono/http-exception'

/** A stream on which nothing moves for so long is ended. */
export const IDLE_MS = 20_000

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
