import { createHash } from 'node:crypto'

/** A stream that is hashed and counted while it is read. Ask for the figures once, after its end. */
interface HashedStream {
  readonly chunks: AsyncGenerator<Uint8Array>
  size(): number
  /** In hexadecimal. */
  sha256(): string
}

export function hashed(source: AsyncIterable<Uint8Array>): HashedStream {
  const hash = createHash('sha256')
  let size = 0
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  return { chunks: pass(), size: () => size, sha256: () => hash.digest('hex') }
}
