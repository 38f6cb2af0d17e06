/** The position of a pattern in the data, or `undefined`. It is fast for patterns whose first byte is rare. */
export function findBytes(data: Uint8Array, pattern: Uint8Array, from = 0): number | undefined {
  const [first = 0] = pattern
  for (let at = data.indexOf(first, from); at !== -1; at = data.indexOf(first, at + 1)) {
    if (at + pattern.length > data.length) return undefined
    if (pattern.every((byte, index) => data[at + index] === byte)) return at
  }
  return undefined
}
