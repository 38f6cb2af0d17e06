/** Bytes from `offset` on. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/u

/**
 * The one range that a `Range` header asks for, of an object of `size` bytes (RFC 9110, section 14); `undefined` where the whole
 * object is the answer, which includes headers with several ranges or without a meaning.
 */
export function byteRangeOf(header: string | null, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = RANGE.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  const offset = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < offset) return undefined
  return offset > end ? 'unsatisfiable' : { offset, length: end - offset + 1 }
}
