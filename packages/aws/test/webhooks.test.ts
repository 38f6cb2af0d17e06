import { postWebhook } from '@ckan-uplink/gateway/node'
import { describeWebhooks } from '@ckan-uplink/testing/contracts'
import { describe, expect, it } from 'vitest'
import { deliverBatch, isFrom } from '../src/webhooks.ts'

const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/portal-webhooks'

function record(body: string, received = 1, queue = 'portal-webhooks') {
  return {
    messageId: `id of ${body}`,
    receiptHandle: 'receipt',
    body,
    eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:${queue}`,
    attributes: { ApproximateReceiveCount: String(received) },
  }
}

describeWebhooks({
  post: postWebhook,
  isPublicOnly: false,
  async handle(deliver, { body, attempt }) {
    const { batchItemFailures } = await deliverBatch({ deliver }, [record(body, attempt)], async () => {})
    return batchItemFailures.length === 1
  },
})

describe('the queue of events', () => {
  it('delays each message by itself', async () => {
    const postponed: unknown[] = []
    const deliver = async (body: unknown) => (body === 'done' ? undefined : Number(body))
    const records = ['done', '5', '60'].map((body) => record(body))
    const answer = await deliverBatch({ deliver }, records, async (messages) => void postponed.push(...messages))
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['id of 5', 'id of 60'])
    expect(postponed).toMatchObject([{ seconds: 5 }, { seconds: 60 }])
  })

  it('is told from the queue of links by its name', () => {
    expect(isFrom(QUEUE_URL, [record('a')])).toBe(true)
    expect(isFrom(QUEUE_URL, [record('a', 1, 'portal')])).toBe(false)
    expect(isFrom(undefined, [record('a')])).toBe(false)
    expect(isFrom(QUEUE_URL, [])).toBe(false)
  })
})
