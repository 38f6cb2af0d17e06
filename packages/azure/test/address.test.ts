import { describe, expect, it } from 'vitest'
import { addressOf } from '../src/address.ts'

function addressIn(forwardedFor?: string): string | undefined {
  return addressOf(
    new Request(
      'https://x.example',
      forwardedFor === undefined ? {} : { headers: { 'X-Forwarded-For': forwardedFor } },
    ),
  )
}

describe('addressOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:49828', '192.0.2.7'],
    ['10.0.0.1, 192.0.2.7:49828', '192.0.2.7'],
    ['10.0.0.1,[2001:db8::7]:49828', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
  ])('uses the last entry of %j, which the front end appended', (header, address) => {
    expect(addressIn(header)).toBe(address)
  })

  it.each([undefined, '', 'unknown', '192.0.2.7, ', '192.0.2.7, localhost:1', '1.2.3.4:x'])(
    'is unknown for %j',
    (header) => {
      expect(addressIn(header)).toBeUndefined()
    },
  )
})
