/** `length` bytes from `offset`. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/iu

/**
 * The single range in a `Range` header, for an object of `size` bytes (RFC 9110, section 14). `undefined`: send the
 * whole object, also for several ranges and for an invalid header.
 */
export function byteRangeOf(header: string | null, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = RANGE.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  const offset = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < offset) return undefined
  return offset > end ? 'unsatisfiable' : { offset, length: end - offset + 1 }
}
