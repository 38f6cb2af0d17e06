import { MalformedNotificationError, type ObjectEvent } from '@ckan-uplink/core'
import { describeDecoder } from '@ckan-uplink/testing/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../src/index.ts'
import { cloudEvent, eventGridEvent, scanEvent } from './events.ts'

const KEY = 'resources/api_uploads/0a1b2c3d'
const EVENT = { bucket: 'open-data', key: KEY, kind: 'created', time: '2026-11-22T10:20:30.4567891Z' }

/** The events of a message that is readable as a whole. */
function eventsIn(body: unknown): readonly ObjectEvent[] {
  const { events, ...rest } = decode(body)
  expect(rest).toEqual({})
  return events
}

describeDecoder('Azure', {
  decode,
  samples: [
    eventGridEvent(KEY),
    cloudEvent(KEY),
    [eventGridEvent('a'), cloudEvent('b', { type: 'BlobDeleted' })],
    [JSON.stringify(eventGridEvent(KEY))],
  ],
})

describe.each([
  ["Event Grid's schema", eventGridEvent],
  ['CloudEvents', cloudEvent],
])('decode of %s', (_, make) => {
  it.each(['PutBlob', 'PutBlockList', 'CopyBlob', 'FlushWithClose', 'SftpCommit'])('reads %s as created', (api) => {
    expect(eventsIn(make(KEY, { api }))).toEqual([EVENT])
  })

  it.each(['CreateFile', 'SftpCreate', 'SomethingNew', 'constructor'])(
    'takes no event from %s, which does not complete a blob',
    (api) => {
      expect(eventsIn(make(KEY, { api }))).toEqual([])
    },
  )

  it.each(['DeleteBlob', 'DeleteFile', 'SftpRemove'])('reads %s as removed', (api) => {
    expect(eventsIn(make(KEY, { type: 'BlobDeleted', api }))).toEqual([{ ...EVENT, kind: 'removed' }])
  })

  it.each([
    'BlobRenamed',
    'BlobTierChanged',
    'DirectoryDeleted',
    'LifecyclePolicyCompleted',
    'BlobInventoryPolicyCompleted',
    'AsyncOperationInitiated',
  ])('takes no event from %s', (type) => {
    expect(
      eventsIn({ ...make(KEY, { type }), subject: 'BlobDataManagement/LifeCycleManagement/SummaryReport' }),
    ).toEqual([])
  })

  it('reads one event, a list, JSON text, and a list of JSON texts', () => {
    const events = [make(KEY), make('b'), make('c', { type: 'BlobTierChanged' })]
    const expected = [EVENT, { ...EVENT, key: 'b' }]
    expect(eventsIn(events)).toEqual(expected)
    expect(eventsIn(JSON.stringify(events))).toEqual(expected)
    expect(eventsIn(events.map((event) => JSON.stringify(event)))).toEqual(expected)
    expect(eventsIn(JSON.stringify(make(KEY)))).toEqual([EVENT])
  })

  it('leaves every blob name unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        expect(eventsIn(make(key))).toEqual([{ ...EVENT, key }])
        expect(eventsIn(JSON.stringify([make(key)]))).toEqual([{ ...EVENT, key }])
      }),
    )
  })

  it.each(['a+b.csv', '100%.csv', 'a%20b.csv', 'a b (1).csv', 'e\u0301.csv', '日本語 🙂.csv', 'x/blobs/y', '/'])(
    'leaves the name %j unchanged',
    (key) => {
      expect(eventsIn(make(key))).toEqual([{ ...EVENT, key }])
    },
  )
})

describe('decode', () => {
  it('takes the container from the subject, not from the URL', () => {
    const event = eventGridEvent(KEY)
    expect(
      eventsIn({ ...event, data: { ...event.data, url: 'https://other.blob.core.windows.net/elsewhere/x' } }),
    ).toEqual([EVENT])
  })

  it('reads a subject without its leading slash', () => {
    expect(eventsIn({ ...cloudEvent(KEY), subject: `blobServices/default/containers/open-data/blobs/${KEY}` })).toEqual(
      [EVENT],
    )
  })

  it('reads the good events, and puts the bad events into a list of their own', () => {
    const bad = { ...eventGridEvent(KEY), subject: 'elsewhere' }
    const { events, malformed } = decode([eventGridEvent('a'), bad, 'hello', cloudEvent('b'), [eventGridEvent('c')]])
    expect(events.map(({ key }) => key)).toEqual(['a', 'b'])
    expect(malformed?.body).toEqual([bad, 'hello', [eventGridEvent('c')]])
    expect(malformed?.reason).toMatch(
      /^3 of 5 records can't be read\. Record 2: "subject" does not name a blob: "elsewhere"/u,
    )
  })

  it('takes no event from a handshake', () => {
    expect(
      eventsIn([{ ...eventGridEvent(''), eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', subject: '' }]),
    ).toEqual([])
  })

  it.each([
    ['nothing', undefined, 'event is not an object but undefined'],
    ['a number', 42, 'event is not an object but 42'],
    ['an empty object', {}, '"eventType" is not a text but undefined'],
    ['a CloudEvent without a type', { specversion: '1.0' }, '"type" is not a text but undefined'],
    ['no subject', { ...eventGridEvent(KEY), subject: undefined }, '"subject" is not a text but undefined'],
    [
      'the subject of a container',
      { ...eventGridEvent(KEY), subject: '/blobServices/default/containers/open-data' },
      '"subject" does not name a blob',
    ],
    ['the subject of no name', eventGridEvent(''), '"subject" does not name a blob'],
    ['no data', { ...eventGridEvent(KEY), data: null }, '"data" of the event is not an object but null'],
    ['no api', { ...eventGridEvent(KEY), data: {} }, '"api" is not a text but undefined'],
    ['no JSON', 'hello', 'text that is not JSON: "hello"'],
    ["an S3 notification's shape", { Records: [] }, 'the object has the fields ["Records"]'],
  ])('explains the fault in %s', (_, body, words) => {
    expect(() => decode(body)).toThrow(MalformedNotificationError)
    expect(() => decode(body)).toThrow(words)
  })

  it('quotes only the beginning of a megabyte', () => {
    expect(() => decode({ ...eventGridEvent(KEY), subject: 'x'.repeat(1_000_000) })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{50,600}$/su) }),
    )
  })
})

describe('decode of the event of a scan', () => {
  it.each(['No threats found', 'Malicious', 'Error'])(
    'with the result %s reads only which blob was scanned',
    (result) => {
      const key = 'resources/api_uploads/r/u/Zürich 1+2 %41.csv'
      expect(eventsIn(scanEvent(key, result))).toEqual([{ ...EVENT, key, kind: 'scanned' }])
    },
  )

  it('names what it cannot read', () => {
    const event = { ...scanEvent(KEY), subject: `/blobServices/default/containers/open-data/blobs/${KEY}` }
    expect(() => decode(event)).toThrow(/"subject" does not name a blob/u)
  })
})
