/** Longer names are none of the gateway's. */
const MAX_HELD = 8192

/** Bytes on their way: some are held until it is clear whether they are passed on. */
export interface HeldOutput {
  /** Makes room for all that a chunk of this size can pass on. */
  begin(size: number): void
  put(byte: number): void
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
    heldText: (from = 0) => new TextDecoder().decode(held.subarray(from, heldLength)),
    heldLength: () => heldLength,
    passed: () => output.subarray(0, length),
    takenOut: () => takenOut,
  }
}
