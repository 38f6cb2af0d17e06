import { describeWebhooks } from '@ckan-uplink/testing/contracts'
import { describe, expect, it } from 'vitest'
import { createEventQueue, deliverBatch, postWebhook } from '../src/webhooks.ts'

describeWebhooks({
  post: postWebhook,
  isPublicOnly: true,
  async handle(deliver, { body, attempt }) {
    const answers: string[] = []
    const answer = (word: string) => () => void answers.push(word)
    const message = { id: 'm', body, attempts: attempt, ack: answer('ack'), retry: answer('retry') }
    await deliverBatch({ deliver }, { messages: [message] })
    expect(answers).toHaveLength(1)
    return answers[0] === 'retry'
  },
})

describe('the queue of events', () => {
  it('delays each message by itself', async () => {
    const delays: number[] = []
    const messages = [5, 60].map((seconds) => ({
      id: 'm',
      body: String(seconds),
      attempts: 1,
      ack() {},
      retry: ({ delaySeconds }: { readonly delaySeconds: number }) => void delays.push(delaySeconds),
    }))
    await deliverBatch({ deliver: async (body) => Number(body) }, { messages })
    expect(delays).toEqual([5, 60])
  })

  it('takes each message once', async () => {
    const sent: string[] = []
    await createEventQueue({ send: async (message) => sent.push(message) }).send('{}')
    expect(sent).toEqual(['{}'])
  })
})
