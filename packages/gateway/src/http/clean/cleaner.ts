/**
 * Takes members out of a body as it passes. What comes out is as long as what went in, so that its announced length stays true: padding at the
 * end replaces what was taken out. A body that holds nothing to take out stays as it is, to the byte.
 */
export interface Cleaner {
  /** What can be passed on by now. Throws 400 for a form of too many fields. */
  write(chunk: Uint8Array): Uint8Array
  /** The rest, in pieces of bounded size. */
  end(): Iterable<Uint8Array>
}

const PIECE_BYTES = 65_536

/** As many bytes of padding as were taken out. */
export function* pad(bytes: number, padding: string): Iterable<Uint8Array> {
  for (let left = bytes; left > 0; left -= PIECE_BYTES)
    yield new Uint8Array(Math.min(left, PIECE_BYTES)).fill(padding.charCodeAt(0))
}
