/** Longer names are none of the gateway's. */
const MAX_HELD = 8192
/** For fewer bytes a copy in one piece costs more than it saves. */
const SHORT = 32

/** Bytes on their way: some are held until it is clear whether they are passed on. */
export interface HeldOutput {
  /** Makes room for all that a chunk of this size can pass on. */
  begin(size: number): void
  put(byte: number): void
  /** Puts, or skips, the bytes from a position on to the first one that is one of two; where that is. Most bytes of a body go this way. */
  putUntil(chunk: Uint8Array, from: number, stops: readonly [number, number]): number
  skipUntil(chunk: Uint8Array, from: number, stops: readonly [number, number]): number
  /** `false` when no more can be held; then this byte isn't. */
  hold(byte: number): boolean
  /** Passes on what is held. */
  flush(): void
  /** Takes out what is held. */
  drop(): void
  /** Takes out a byte. */
  skip(): void
  /** What is held, from a position on. */
  heldText(from?: number): string
  heldLength(): number
  /** What has been passed on since `begin`. */
  passed(): Uint8Array
  /** Bytes taken out so far. */
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
