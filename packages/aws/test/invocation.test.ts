import { MalformedNotificationError } from '@ckan-uplink/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readInvocation } from '../src/invocation.ts'
import { eventBridgeEvent, s3Notification, s3Record } from './notifications.ts'

const SQS_RECORD = {
  messageId: '1',
  receiptHandle: 'receipt',
  body: 'anything',
  attributes: { ApproximateReceiveCount: '1' },
}
const NOTIFICATION = s3Notification(s3Record('a'))
const SNS_RECORD = { EventSource: 'aws:sns', EventVersion: '1.0', Sns: { Type: 'Notification', Message: NOTIFICATION } }

describe('the event of the linker', () => {
  it('may be a batch of the queue, also an empty batch', () => {
    expect(readInvocation({ Records: [SQS_RECORD] })).toEqual({ records: [SQS_RECORD] })
    expect(readInvocation({ Records: [] })).toEqual({ records: [] })
  })

  it.each([
    ['S3', JSON.parse(NOTIFICATION), [JSON.parse(NOTIFICATION)]],
    ['SNS', { Records: [SNS_RECORD] }, [NOTIFICATION]],
    ['EventBridge', JSON.parse(eventBridgeEvent('a')), [JSON.parse(eventBridgeEvent('a'))]],
    ["S3's test", { Event: 's3:TestEvent' }, [{ Event: 's3:TestEvent' }]],
  ])('may be a direct notification of %s', (_, event, bodies) => {
    expect(readInvocation(event)).toEqual({ bodies })
  })

  it.each([
    ['nothing', undefined, 'The event is not an object but undefined'],
    ['the test event of the console', { key1: 'value1' }, 'invoked with the fields ["key1"]'],
    ['a schedule', { source: 'aws.events', 'detail-type': 'Scheduled Event' }, 'invoked with the fields ["source",'],
    ['a request', { rawPath: '/', headers: {} }, 'invoked with the fields ["rawPath","headers"]'],
    [
      'records of DynamoDB',
      { Records: [{ eventName: 'INSERT', dynamodb: {} }] },
      'records such as {"eventName":"INSERT"',
    ],
    ['records of several kinds', { Records: [SNS_RECORD, SQS_RECORD] }, 'records such as {"messageId":"1"'],
  ])('is refused with instructions for the set-up when it contains %s', (_, event, words) => {
    expect(() => readInvocation(event)).toThrow(MalformedNotificationError)
    expect(() => readInvocation(event)).toThrow(words)
    expect(() => readInvocation(event)).toThrow('docs/deploy/aws.md')
  })

  it('is read or refused, in any form', () => {
    const record = fc.oneof(fc.constantFrom<unknown>(SQS_RECORD, SNS_RECORD, s3Record('a')), fc.anything())
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ Records: fc.array(record) })), (event) => {
        try {
          expect(readInvocation(event)).toBeTypeOf('object')
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedNotificationError)
        }
      }),
    )
  })
})
