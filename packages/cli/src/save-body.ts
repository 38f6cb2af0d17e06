import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** Saves a stream, and calls `onChunk` with each piece before it is written. Returns the size of the file. */
export async function saveBody(
  body: AsyncIterable<Uint8Array>,
  path: string,
  onChunk: (chunk: Uint8Array) => void,
): Promise<number> {
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        onChunk(chunk)
        yield chunk
      }
    },
    createWriteStream(path),
  )
  return (await stat(path)).size
}
