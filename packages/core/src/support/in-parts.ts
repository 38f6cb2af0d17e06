/** Cuts a stream of bytes into parts of this size. The last part has the rest; an empty stream has no part. */
export async function* inParts(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array, void> {
  let part = new Uint8Array(size)
  let length = 0
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; ) {
      const taken = chunk.subarray(from, from + size - length)
      part.set(taken, length)
      length += taken.length
      from += taken.length
      if (length < size) continue
      yield part
      part = new Uint8Array(size)
      length = 0
    }
  }
  if (length > 0) yield part.subarray(0, length)
}
