import { MalformedNotificationError, type ObjectEvent } from '@ckan-uplink/core'
import { describeDecoder } from '@ckan-uplink/testing/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../src/index.ts'
import { eventBridgeEvent, formEncode, s3Notification, s3Record, scanEvent, snsEnvelope } from './notifications.ts'

const KEY = 'resources/api_uploads/0a1b2c3d'
const BARE = { bucket: 'open-data', key: KEY, kind: 'created', time: '2026-11-22T10:20:30.456Z' }
const EVENT = { ...BARE, etag: 'd41d8cd98f00b204e9800998ecf8427e' }
const NOTIFICATION = s3Notification(s3Record(KEY))
const TEST_EVENT = JSON.stringify({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2026-11-22T10:20:30.456Z',
  Bucket: 'open-data',
  RequestId: 'EXAMPLE',
  HostId: 'EXAMPLE',
})

function s3Of(object: unknown): object {
  return { s3: { bucket: { name: 'open-data' }, object } }
}

/** The events of a message that is readable as a whole. */
function eventsIn(body: unknown): readonly ObjectEvent[] {
  const { events, ...rest } = decode(body)
  expect(rest).toEqual({})
  return events
}

describeDecoder('AWS', {
  decode,
  samples: [
    JSON.parse(NOTIFICATION),
    { Records: [s3Record('a'), s3Record('b', { eventName: 'ObjectRemoved:Delete' })] },
    JSON.parse(snsEnvelope(NOTIFICATION)),
    JSON.parse(eventBridgeEvent(KEY)),
  ],
})

describe('decode', () => {
  it.each([
    ['S3 alone, or a topic that delivers raw', NOTIFICATION],
    ['a topic, in its envelope', snsEnvelope(NOTIFICATION)],
    ['a topic that a topic feeds', snsEnvelope(snsEnvelope(NOTIFICATION))],
    ['a queue that parses JSON by itself', JSON.parse(NOTIFICATION)],
  ])('reads a notification of %s', (_, body) => {
    expect(eventsIn(body)).toEqual([EVENT])
  })

  it.each(['2.0', '2.1', '2.3', '2.6', '2.17'])('reads version %s', (eventVersion) => {
    expect(eventsIn(s3Notification(s3Record(KEY, { eventVersion })))).toEqual([EVENT])
  })

  it.each([
    ['ObjectCreated:Put', 'created'],
    ['ObjectCreated:Post', 'created'],
    ['ObjectCreated:Copy', 'created'],
    ['ObjectCreated:CompleteMultipartUpload', 'created'],
    ['ObjectCreated:SomethingNew', 'created'],
    ['ObjectRemoved:Delete', 'removed'],
    ['ObjectRemoved:DeleteMarkerCreated', 'removed'],
    ['LifecycleExpiration:Delete', 'removed'],
    ['LifecycleExpiration:DeleteMarkerCreated', 'removed'],
  ])('reads %s as %s', (eventName, kind) => {
    expect(eventsIn(s3Notification(s3Record(KEY, { eventName })))).toEqual([{ ...EVENT, kind }])
  })

  it.each([
    'ObjectTagging:Put',
    'ObjectRestore:Completed',
    'ObjectAcl:Put',
    'LifecycleTransition',
    'ReducedRedundancyLostObject',
    'SomethingNew',
    'constructor',
    '__proto__:Put',
  ])('takes no event from %s', (eventName) => {
    expect(eventsIn(s3Notification(s3Record(KEY, { eventName })))).toEqual([])
  })

  it('reads a removal, which has neither size nor ETag', () => {
    const removal = s3Record('', {
      eventName: 'ObjectRemoved:Delete',
      ...s3Of({ key: KEY, sequencer: '0A1B2C3D4E5F678901' }),
    })
    expect(eventsIn(s3Notification(removal))).toEqual([{ ...BARE, kind: 'removed' }])
  })

  it('reads every record of a notification', () => {
    const events = eventsIn(
      snsEnvelope(s3Notification(s3Record('a'), s3Record('b', { eventName: 'ObjectTagging:Put' }), s3Record('c'))),
    )
    expect(events.map(({ key }) => key)).toEqual(['a', 'c'])
  })

  it('reads the good records, and puts the bad records into a message of their own', () => {
    const [bad, worse] = [s3Record('100%.csv'), { eventName: 'ObjectCreated:Put' }]
    const body = snsEnvelope(JSON.stringify({ Records: [s3Record('a'), bad, s3Record('b'), worse] }))
    const { events, malformed } = decode(body)
    expect(events.map(({ key }) => key)).toEqual(['a', 'b'])
    expect(malformed?.body).toEqual({ Records: [bad, worse] })
    expect(malformed?.reason).toMatch(
      /^2 of 4 records can't be read\. Record 2: "key" is not form-encoded.*Record 4: "eventVersion" is not a text/u,
    )
  })

  it('describes the first of many bad records, and counts the others', () => {
    const { events, malformed } = decode({ Records: [s3Record('a'), ...Array.from({ length: 1_000 }, () => 7)] })
    expect([events.length, malformed?.reason.length]).toEqual([1, expect.toSatisfy((length) => length < 2_000)])
    expect(malformed?.reason).toContain('995 more are not listed here.')
  })

  it.each([
    ['alone', TEST_EVENT],
    ['in an envelope', snsEnvelope(TEST_EVENT)],
  ])("takes no event from S3's test message %s", (_, body) => {
    expect(eventsIn(body)).toEqual([])
  })

  it.each(['NO_THREATS_FOUND', 'THREATS_FOUND', 'UNSUPPORTED'])(
    'reads only from the event of a scan with the result %s which object was scanned',
    (status) => {
      const key = 'resources/api_uploads/r/u/Zürich 1+2 %41.csv'
      expect(eventsIn(scanEvent(key, status))).toEqual([
        { ...BARE, key, kind: 'scanned', time: '2026-11-22T10:20:30Z' },
      ])
    },
  )

  it('reads a notification of another S3 server, which also encodes slashes', () => {
    const record = s3Record('resources%2Fapi_uploads%2F0a1b2c3d', {
      eventName: 's3:ObjectCreated:Put',
      eventSource: 'minio:s3',
    })
    expect(
      eventsIn(JSON.stringify({ EventName: 's3:ObjectCreated:Put', Key: `open-data/${KEY}`, Records: [record] })),
    ).toEqual([EVENT])
  })

  it.each([
    ['Object Created', [{ ...EVENT, kind: 'created', time: '2026-11-22T10:20:30Z' }]],
    ['Object Deleted', [{ ...EVENT, kind: 'removed', time: '2026-11-22T10:20:30Z' }]],
    ['Object Tags Added', []],
  ])('reads the EventBridge event %s', (detailType, events) => {
    expect(eventsIn(eventBridgeEvent(KEY, detailType))).toEqual(events)
  })

  it.each([
    ['a+b.csv', 'a b.csv'],
    ['a%2Bb.csv', 'a+b.csv'],
    ['100%25.csv', '100%.csv'],
    ['a%2520b.csv', 'a%20b.csv'],
    ['year%3D2026/a+%28copy%29.csv', 'year=2026/a (copy).csv'],
    ['%E4%BD%A0%E5%AE%B6%F0%9F%90%B1.png', '你家🐱.png'],
    ['e%CC%81.csv', 'e\u0301.csv'],
    ['1.2.3.4-1514864593.00', '1.2.3.4-1514864593.00'],
  ])('decodes the key %s once', (encoded, key) => {
    expect(eventsIn(s3Notification(s3Record(encoded)))).toEqual([{ ...EVENT, key }])
  })

  it('restores every key that S3 has written into a notification', () => {
    const keys = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(keys, (key) => {
        const encoded = formEncode(key)
        for (const form of [encoded, encoded.replaceAll('/', '%2F')])
          expect(eventsIn(snsEnvelope(s3Notification(s3Record(form))))).toEqual([{ ...EVENT, key }])
      }),
    )
  })

  it('leaves every key of EventBridge unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        expect(eventsIn(eventBridgeEvent(key))).toMatchObject([{ key }])
      }),
    )
  })

  it('ignores the order of events: no sequencer changes the result', () => {
    const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: 1, maxLength: 40 })
    const sequencers = fc.uniqueArray(fc.oneof(hex, fc.constant('Happy Sequencer'), fc.constant(undefined)), {
      minLength: 2,
      maxLength: 8,
    })
    fc.assert(
      fc.property(sequencers, (all) => {
        const events = all.flatMap((sequencer) =>
          eventsIn(s3Notification(s3Record(KEY, s3Of({ key: KEY, sequencer })))),
        )
        expect(events).toEqual(all.map(() => BARE))
      }),
    )
  })

  it.each([
    ['nothing', undefined, 'message is not an object but undefined'],
    ['an array', [NOTIFICATION], 'message is not an object but ['],
    ['no JSON', 'hello', 'text that is not JSON: "hello"'],
    ['half of a JSON', NOTIFICATION.slice(0, 60), 'text that is not JSON'],
    [
      'an envelope of something else',
      snsEnvelope('{"message": "hello world"}'),
      '"Records" of the message is not a list but undefined',
    ],
    ['an envelope of text', snsEnvelope('hello'), 'text that is not JSON: "hello"'],
    ['three envelopes', snsEnvelope(snsEnvelope(snsEnvelope(NOTIFICATION))), 'more than 2 SNS envelopes'],
    ['an empty object', {}, 'the object has the fields []'],
    [
      "an R2 notification's shape",
      { action: 'PutObject', bucket: 'open-data' },
      'the object has the fields ["action","bucket"]',
    ],
  ])('explains the fault in %s', (_, body, words) => {
    expect(() => decode(body)).toThrow(MalformedNotificationError)
    expect(() => decode(body)).toThrow(words)
  })

  it.each([
    ['a record that is text', { Records: ['x'] }, 'record is not an object but "x"'],
    ['a record without a name', { Records: [{}] }, '"eventName" is not a text but undefined'],
    [
      'a record of a topic',
      { Records: [{ EventSource: 'aws:sns', Sns: { Message: 'hello' } }] },
      '"eventName" is not a text',
    ],
    [
      'another version',
      { Records: [s3Record(KEY, { eventVersion: '3.0' })] },
      '"eventVersion" is "3.0", which is not version 2',
    ],
    ['no s3', { Records: [s3Record(KEY, { s3: undefined })] }, '"s3" of the record is not an object'],
    ['no object', { Records: [s3Record(KEY, s3Of(undefined))] }, '"object" of the event is not an object'],
    ['an empty key', { Records: [s3Record('')] }, '"key" is not a text but ""'],
    ['a key that is cut', { Records: [s3Record('a%E4%BD')] }, '"key" is not form-encoded UTF-8: "a%E4%BD"'],
    ['a key that is not encoded', { Records: [s3Record('100%.csv')] }, '"key" is not form-encoded UTF-8: "100%.csv"'],
  ])('explains the fault in %s', (_, body, words) => {
    expect(decode(body)).toMatchObject({ events: [], malformed: { body, reason: expect.stringContaining(words) } })
  })

  it.each([
    ['text', 'x!'.repeat(500_000)],
    ['fields', Object.fromEntries(Array.from({ length: 50_000 }, (__, index) => [`field number ${index}`, index]))],
    ['envelopes', snsEnvelope('['.repeat(1_000_000))],
  ])('quotes only the beginning of a megabyte of %s', (_, body) => {
    expect(() => decode(body)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{50,600}$/su) }))
  })
})
