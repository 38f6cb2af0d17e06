import { describe, expect, it } from 'vitest'
import { MalformedNotificationError, readRecords } from '../../src/index.ts'
import { createdEvent } from '../support/fixtures.ts'

function readNumber(record: unknown) {
  if (record === 'bad') throw new MalformedNotificationError('It is no number.')
  return [createdEvent(String(record))]
}

const read = (records: readonly unknown[]) => readRecords(records, readNumber, (some) => some)

describe('the records of a message', () => {
  it('are read one by one, and the unreadable records are returned', () => {
    const { events, malformed } = read([1, 'bad', 2])
    expect(events.map(({ key }) => key)).toEqual(['1', '2'])
    expect(malformed).toEqual({ body: ['bad'], reason: "1 of 3 records can't be read. Record 2: It is no number." })
  })

  it('are all returned when each is readable', () => expect(read([1, 2])).toEqual({ events: expect.any(Array) }))

  it('are not read after a thousand bad records, but none is lost', () => {
    const bad = Array.from({ length: 1_000 }, () => 'bad')
    const { events, malformed } = read([1, ...bad, 2, 3])
    expect(events.map(({ key }) => key)).toEqual(['1'])
    expect(malformed?.body).toEqual([...bad, 2, 3])
    expect(malformed?.reason).toMatch(/^1000 of 1001 records can't be read\. .* 2 were not read\.$/u)
  })

  it('fail together when the reader throws another error', () => {
    const stumbling = () => {
      throw new TypeError('x is undefined')
    }
    expect(() => readRecords([1], stumbling, (some) => some)).toThrow(TypeError)
  })
})
