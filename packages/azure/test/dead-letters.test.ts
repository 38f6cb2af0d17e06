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
    ['in its own schema', EVENT, 'MaxDeliveryAttemptsExceeded; attempts: 30, the last of which ended with: NotFound.'],
    ['as a CloudEvent', CLOUD_EVENT, 'TimeToLiveExceeded; attempts: 12, the last of which ended with: GenericError.'],
  ])('holds an event %s, and says why', (_, event, words) => {
    expect(lettersIn(bytesOf([event]))).toEqual([{ body: event, reason: `Event Grid gave it up: ${words}` }])
    expect(decode(event)).toEqual({ events: [{ bucket: 'files', key: 'a.csv', kind: 'created' }] })
  })

  it('holds several events, or one without a list, or none', () => {
    expect(lettersIn(bytesOf([EVENT, CLOUD_EVENT]))).toHaveLength(2)
    expect(lettersIn(bytesOf(EVENT))).toHaveLength(1)
    expect(lettersIn(bytesOf([]))).toEqual([])
  })

  it.each([['not json'], [''], [7]])('that is something else is handed over as it is: %j', (content) => {
    expect(lettersIn(bytesOf(content))).toEqual([{ body: content, reason: expect.stringContaining('unknown') }])
  })
})
