import { IDLE_MS, readInTime } from './read-in-time.ts'

/**
 * Streams CKAN's answer. It ends with an error if CKAN sends nothing for 20 s, or if the client reads nothing for 20 s.
 */
export function watchAnswer(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let timer: ReturnType<typeof setTimeout> | undefined
  const release = () => {
    clearTimeout(timer)
    reader.cancel().catch(() => {})
  }
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(timer)
        try {
          const { done, value } = await readInTime(reader)
          if (done) {
            controller.close()
            return
          }
          controller.enqueue(value)
          timer = setTimeout(() => {
            controller.error(new Error(`The client read no data for ${IDLE_MS / 1000} s.`))
            release()
          }, IDLE_MS)
        } catch (error) {
          release()
          throw error
        }
      },
      cancel: release,
    },
    { highWaterMark: 0 },
  )
}
