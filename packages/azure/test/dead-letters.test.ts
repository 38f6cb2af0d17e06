import { describe, expect, it } from 'vitest'
import { lettersIn } from '../src/dead-letters.ts'
import { decode } from '../src/index.ts'

const bytesOf = (content: unknown): Uint8Array =>
  new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content))

const data = { api: 'PutBlob', url: 'https://account.blob.core.windows.net/files/a.csv' }
const subject = '/blobServices/default/containers/files/blobs/a.csv'
const FACTS = {
  deadLetterReason: 'MaxDeliveryAttemptsExceeded',
  deliveryAttempts: 30,
  lastDeliveryOutcome: 'NotFound',
  publishTime: '2026-03-04T05:00:00Z',
}
const EVENT = { id: '1', eventType: 'Microsoft.Storage.BlobCreated', subject, data, ...FACTS }
const CLOUD_EVENT = {
  id: '1',
  specversion: '1.0',
  type: 'Microsoft.Storage.BlobCreated',
  subject,
  data,
  deadletterreason: 'TimeToLiveExceeded',
  deliveryattempts: 12,
  lastdeliveryoutcome: 'GenericError',
}

describe('a dead-letter blob of Event Grid', () => {
  it.each([
    ['in its own schema', EVENT, 'MaxDeliveryAttemptsExceeded; attempts: 30; result of the last attempt: NotFound.'],
    ['as a CloudEvent', CLOUD_EVENT, 'TimeToLiveExceeded; attempts: 12; result of the last attempt: GenericError.'],
  ])('contains an event %s and the reason', (_, event, words) => {
    expect(lettersIn(bytesOf([event]))).toEqual([{ body: event, reason: `Event Grid gave up this event: ${words}` }])
    expect(decode(event)).toEqual({ events: [{ bucket: 'files', key: 'a.csv', kind: 'created' }] })
  })

  it('contains a list of events, one event without a list, or no event', () => {
    expect(lettersIn(bytesOf([EVENT, CLOUD_EVENT]))).toHaveLength(2)
    expect(lettersIn(bytesOf(EVENT))).toHaveLength(1)
    expect(lettersIn(bytesOf([]))).toEqual([])
  })

  it.each([['not json'], [''], [7]])('with other content is passed on unchanged: %j', (content) => {
    expect(lettersIn(bytesOf(content))).toEqual([{ body: content, reason: expect.stringContaining('unknown') }])
  })
})
