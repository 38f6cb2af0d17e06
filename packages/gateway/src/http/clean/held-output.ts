/** The names of the gateway's members are shorter. */
const MAX_HELD = 8192
/** For fewer bytes, copying one by one is faster than `set`. */
const SHORT = 32

/** The output of a cleaner. It holds some bytes until the cleaner knows whether to pass them on. */
export interface HeldOutput {
  /** Makes room for the output of a chunk of this size. */
  begin(size: number): void
  put(byte: number): void
  /**
   * Puts the bytes from a position to the first of two stop bytes, and returns its position. Most bytes of a body take
   * this way.
   */
  putUntil(chunk: Uint8Array, from: number, stops: readonly [number, number]): number
  /** As `putUntil`, but removes the bytes. */
  skipUntil(chunk: Uint8Array, from: number, stops: readonly [number, number]): number
  /** Returns `false` when the buffer is full. Then this byte is not held. */
  hold(byte: number): boolean
  /** Passes on the held bytes. */
  flush(): void
  /** Removes the held bytes. */
  drop(): void
  /** Removes a byte. */
  skip(): void
  /** The held bytes from a position, as text. */
  heldText(from?: number): string
  heldLength(): number
  /** The output since `begin`. */
  passed(): Uint8Array
  /** The number of removed bytes. */
  takenOut(): number
}

export function createHeldOutput(): HeldOutput {
  const held = new Uint8Array(MAX_HELD)
  let heldLength = 0
  let output = new Uint8Array(0)
  let length = 0
  let takenOut = 0
  return {
    begin(size) {
      output = new Uint8Array(size + heldLength)
      length = 0
    },
    put(byte) {
      output[length] = byte
      length += 1
    },
    putUntil(chunk, from, stops) {
      const end = firstOf(chunk, from, stops)
      if (end - from > SHORT) output.set(chunk.subarray(from, end), length)
      else for (let at = from; at < end; at += 1) output[length + at - from] = chunk[at] ?? 0
      length += end - from
      return end
    },
    hold(byte) {
      if (heldLength === MAX_HELD) return false
      held[heldLength] = byte
      heldLength += 1
      return true
    },
    flush() {
      output.set(held.subarray(0, heldLength), length)
      length += heldLength
      heldLength = 0
    },
    drop() {
      takenOut += heldLength
      heldLength = 0
    },
    skip() {
      takenOut += 1
    },
    skipUntil(chunk, from, stops) {
      const end = firstOf(chunk, from, stops)
      takenOut += end - from
      return end
    },
    heldText: (from = 0) => new TextDecoder().decode(held.subarray(from, heldLength)),
    heldLength: () => heldLength,
    passed: () => output.subarray(0, length),
    takenOut: () => takenOut,
  }
}

function firstOf(chunk: Uint8Array, from: number, [one, other]: readonly [number, number]): number {
  let at = from
  while (at < chunk.length && chunk[at] !== one && chunk[at] !== other) at += 1
  return at
}
