import { describe, expect, it } from 'vitest'
import { byteRangeOf } from '../../src/files/byte-range.ts'

describe('byteRangeOf', () => {
  it.each([
    ['bytes=0-3', 10, { offset: 0, length: 4 }],
    ['bytes=4-', 10, { offset: 4, length: 6 }],
    ['bytes=-3', 10, { offset: 7, length: 3 }],
    ['bytes=-30', 10, { offset: 0, length: 10 }],
    ['bytes=4-30', 10, { offset: 4, length: 6 }],
    ['bytes=9-9', 10, { offset: 9, length: 1 }],
    ['Bytes=9-9', 10, { offset: 9, length: 1 }],
  ])('reads %s of %i bytes', (header, size, range) => expect(byteRangeOf(header, size)).toEqual(range))

  it.each([
    ['bytes=10-', 10],
    ['bytes=10-20', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
  ])('finds no byte for %s of %i bytes', (header, size) => expect(byteRangeOf(header, size)).toBe('unsatisfiable'))

  it.each([
    null,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,4-5',
    'bytes= 0-1',
    'bytes=-5,2-3',
    'items=0-1',
    'bytes=a-b',
    `bytes=0-${'9'.repeat(50)}`,
  ])('takes the whole for %j', (header) => expect(byteRangeOf(header, 10)).toBeUndefined())
})
