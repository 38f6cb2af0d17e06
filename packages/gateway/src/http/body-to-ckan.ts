import type { Chunks } from './body.ts'
import type { StreamedBody } from './ckan-exchange.ts'
import type { Cleaner } from './clean/cleaner.ts'
import type { Patience } from './patience.ts'

/**
 * Streams a body to CKAN through a cleaner, at CKAN's speed. CKAN's time limit pauses while the gateway waits for the
 * client.
 */
export function streamBody(chunks: Chunks, cleaner: Cleaner | undefined, patience: Patience): StreamedBody {
  const pieces = cleaner === undefined ? chunks : cleanedPieces(chunks, cleaner)
  const iterator = pieces[Symbol.asyncIterator]()
  let failed: unknown
  let taken = 0
  let last = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        patience.pause()
        taken += last
        try {
          const { done, value } = await iterator.next()
          if (done) controller.close()
          else controller.enqueue(value)
          last = value?.length ?? 0
        } catch (error) {
          failed = error
          throw error
        } finally {
          patience.begin()
        }
      },
      async cancel() {
        await iterator.return?.(undefined)
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, failure: () => failed, takenBytes: () => taken }
}

async function* cleanedPieces(chunks: Chunks, cleaner: Cleaner): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    const piece = cleaner.write(chunk)
    if (piece.length > 0) yield piece
  }
  for (const piece of cleaner.end()) if (piece.length > 0) yield piece
}
