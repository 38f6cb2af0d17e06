import { MalformedNotificationError, type ObjectEvent } from '@ckan-uplink/core'
import { describeDecoder } from '@ckan-uplink/testing/contracts'
import { describe, expect, it } from 'vitest'
import { decode } from '../src/index.ts'

const PUT = {
  account: '00000000000000000000000000000000',
  action: 'PutObject',
  bucket: 'open-data',
  object: { key: 'resources/api_uploads/0a1b2c3d', size: 42, eTag: 'd41d8cd98f00b204e9800998ecf8427e' },
  eventTime: '2026-11-22T10:20:30.456Z',
}
const BARE = {
  bucket: 'open-data',
  key: 'resources/api_uploads/0a1b2c3d',
  kind: 'created',
  time: '2026-11-22T10:20:30.456Z',
}
const EVENT = { ...BARE, etag: PUT.object.eTag }

function base64Of(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** The events of a message that is readable as a whole. */
function eventsIn(body: unknown): readonly ObjectEvent[] {
  const { events, ...rest } = decode(body)
  expect(rest).toEqual({})
  return events
}

describeDecoder('Cloudflare', {
  decode,
  samples: [PUT, { ...PUT, action: 'DeleteObject', object: { key: 'resources/x' } }],
})

describe('decode', () => {
  it.each([
    ['PutObject', 'created'],
    ['CopyObject', 'created'],
    ['CompleteMultipartUpload', 'created'],
    ['DeleteObject', 'removed'],
    ['LifecycleDeletion', 'removed'],
  ])('reads %s as %s', (action, kind) => {
    expect(eventsIn({ ...PUT, action })).toEqual([{ ...EVENT, kind }])
  })

  it.each(['AbortMultipartUpload', 'SomethingNew', 'constructor', '__proto__'])('takes no event from %s', (action) => {
    expect(eventsIn({ ...PUT, action })).toEqual([])
  })

  it('reads a removal, which has neither size nor ETag', () => {
    expect(eventsIn({ ...PUT, action: 'DeleteObject', object: { key: 'resources/x' } })).toEqual([
      { ...BARE, key: 'resources/x', kind: 'removed' },
    ])
  })

  it('reads a copy, and ignores its source', () => {
    expect(eventsIn({ ...PUT, action: 'CopyObject', copySource: { bucket: 'other', object: 'other-key' } })).toEqual([
      EVENT,
    ])
  })

  it('reads a notification without a time, as R2 sent it in the past', () => {
    const { eventTime: _, ...older } = PUT
    const { time: __, ...event } = EVENT
    expect(eventsIn(older)).toEqual([event])
  })

  it.each([7, '', 'x'.repeat(65), null, { a: 1 }])('reads a notification with the strange ETag %j', (eTag) => {
    const { key } = PUT.object
    expect(eventsIn({ ...PUT, object: { key, eTag } })).toEqual([BARE])
  })

  it('reads JSON text, and JSON in base64', () => {
    const text = JSON.stringify({ ...PUT, object: { key: 'é 日本' } })
    expect(eventsIn(text)).toEqual([{ ...BARE, key: 'é 日本' }])
    expect(eventsIn(base64Of(text))).toEqual([{ ...BARE, key: 'é 日本' }])
  })

  it.each(['a+b.csv', '100%.csv', 'a%20b.csv', 'a b.csv', 'e\u0301.csv', '\u00e9.csv', '日本語 (1).csv', ' '])(
    'leaves the key %j as R2 gave it',
    (key) => {
      expect(eventsIn({ ...PUT, object: { key } })).toEqual([{ ...BARE, key }])
    },
  )

  it.each([
    ['nothing', undefined, 'message is not an object but undefined'],
    ['null', null, 'message is not an object but null'],
    ['a number', 42, 'message is not an object but 42'],
    ['an array', [PUT], 'message is not an object but ['],
    ['an empty object', {}, '"action" is not a text but undefined'],
    ['a number as action', { ...PUT, action: 7 }, '"action" is not a text but 7'],
    ['no object', { ...PUT, object: undefined }, '"object" of the message is not an object but undefined'],
    ['an object that is text', { ...PUT, object: 'key' }, '"object" of the message is not an object but "key"'],
    [
      'no key',
      { ...PUT, object: { size: 1 } },
      '"key" is not a text but undefined; the object has the fields ["size"]',
    ],
    ['an empty key', { ...PUT, object: { key: '' } }, '"key" is not a text but ""'],
    ['no bucket', { ...PUT, bucket: undefined }, '"bucket" is not a text but undefined'],
    ['no JSON', 'hello', 'neither JSON nor JSON in base64: "hello"'],
    ['base64 of no JSON', base64Of('hello'), 'neither JSON nor JSON in base64'],
    ['JSON of a number', '42', 'message is not an object but 42'],
    ['half of a JSON', JSON.stringify(PUT).slice(0, 60), 'neither JSON nor JSON in base64'],
    ['an S3 notification', { Records: [{ eventSource: 'aws:s3' }] }, 'the object has the fields ["Records"]'],
  ])('explains the fault in %s', (_, body, words) => {
    expect(() => decode(body)).toThrow(MalformedNotificationError)
    expect(() => decode(body)).toThrow(words)
  })

  it.each([
    ['text', 'x!'.repeat(500_000)],
    ['base64', 'AAAA'.repeat(250_000)],
    ['an action', { ...PUT, action: { deep: 'x'.repeat(1_000_000) } }],
    ['fields', Object.fromEntries(Array.from({ length: 50_000 }, (__, index) => [`field number ${index}`, index]))],
    ['nesting', '['.repeat(1_000_000)],
  ])('quotes only the beginning of a megabyte of %s', (_, body) => {
    expect(() => decode(body)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{50,600}$/su) }))
  })
})
