import type { EventQueue, PostWebhook, Webhooks } from '@ckan-uplink/core'
import type { MessageBatch } from './queue-binding.ts'

/** The name of the binding of the queue of events. */
export const WEBHOOKS_BINDING = 'WEBHOOKS'

/** The end of the name of the queue of events. */
export const WEBHOOKS_QUEUE_SUFFIX = '-webhooks'

/** https://developers.cloudflare.com/queues/configuration/javascript-apis/#queue */
export interface QueueProducer {
  send(message: string): Promise<unknown>
}

export function isQueueProducer(value: unknown): value is QueueProducer {
  return typeof value === 'object' && value !== null && 'send' in value
}

const TIMEOUT_MS = 15_000

export function createEventQueue(producer: QueueProducer): EventQueue {
  return { send: async (message) => void (await producer.send(message)) }
}

/**
 * Workers reach public addresses alone: Cloudflare answers 403 for a name that leads to a private one.
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-1002/
 */
export const postWebhook: PostWebhook = async (url, { headers, body }) => {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
  await response.body?.cancel()
  return response.status
}

/** Delivers the events of a batch. Each message waits for its own next attempt. */
export async function deliverBatch(
  { deliver }: Pick<Webhooks, 'deliver'>,
  { messages }: Pick<MessageBatch, 'messages'>,
): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      const delaySeconds = await deliver(message.body, message.attempts)
      if (delaySeconds === undefined) message.ack()
      else message.retry({ delaySeconds })
    }),
  )
}
