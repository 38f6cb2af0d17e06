/**
 * Removes members from a body while it streams. Padding at the end replaces the removed bytes, so that `Content-Length`
 * stays true. A body without such members passes unchanged, byte for byte.
 */
export interface Cleaner {
  /** The bytes that can be passed on now. Throws 400 for a form with too many fields. */
  write(chunk: Uint8Array): Uint8Array
  /** The remaining bytes, in pieces of bounded size. */
  end(): Iterable<Uint8Array>
}

const PIECE_BYTES = 65_536

/** Padding for the removed bytes. */
export function* pad(bytes: number, padding: string): Iterable<Uint8Array> {
  for (let left = bytes; left > 0; left -= PIECE_BYTES)
    yield new Uint8Array(Math.min(left, PIECE_BYTES)).fill(padding.charCodeAt(0))
}
