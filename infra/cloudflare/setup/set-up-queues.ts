import { cloudflareNames } from '../names.ts'
import { notificationRules } from '../resources.ts'
import { snakeCased } from '../snake-cased.ts'
import { DEAD_LETTER_CONSUMER, hasWebhooks, RETENTION_SECONDS } from '../worker.ts'
import type { Step } from './setup-tools.ts'

export interface QueueIds {
  readonly queue: string
  readonly deadLetters: string
}

interface Queue {
  readonly queue_id: string
  readonly queue_name: string
}

interface Consumer {
  readonly consumer_id: string
  readonly type: string
}

interface Notifications {
  readonly queues?: readonly { readonly queueId: string; readonly rules?: readonly { readonly prefix?: string }[] }[]
}

/** Makes the queues unless they exist, and sets how long they keep messages. */
export async function setUpQueues({ name, environment, tools: { api, say } }: Step): Promise<QueueIds> {
  const queues = `/accounts/${environment.accountId}/queues`
  const found = await api.list<Queue>(queues)
  const setUp = async (queueName: string) => {
    const body = { queue_name: queueName, settings: { message_retention_period: RETENTION_SECONDS } }
    const before = found.find(({ queue_name }) => queue_name === queueName)
    const { queue_id: id } = before
      ? await api.call<Queue>('PUT', `${queues}/${before.queue_id}`, body)
      : await api.call<Queue>('POST', queues, body)
    say(`The queue ${queueName} ${before ? 'is there' : 'was made'}. It keeps messages for 14 days.`)
    return id
  }
  const { queue, deadLetterQueue, webhooksQueue, webhooksDeadLetterQueue } = cloudflareNames(name, environment)
  if (hasWebhooks(environment)) {
    await setUp(webhooksDeadLetterQueue)
    await setUp(webhooksQueue)
  }
  return { queue: await setUp(queue), deadLetters: await setUp(deadLetterQueue) }
}

/** Lets operators pull the dead letters. */
export async function setUpPulling({ environment, tools: { api, say } }: Step, { deadLetters }: QueueIds) {
  const consumers = `/accounts/${environment.accountId}/queues/${deadLetters}/consumers`
  const body = { type: 'http_pull', settings: snakeCased(DEAD_LETTER_CONSUMER) }
  const before = (await api.call<readonly Consumer[]>('GET', consumers)).find(({ type }) => type === 'http_pull')
  if (before) await api.call('PUT', `${consumers}/${before.consumer_id}`, body)
  else await api.call('POST', consumers, body)
  say('Operators can pull the dead letters.')
}

/** Makes the rules that the bucket lacks. R2 adds rules to those of the queue, and refuses rules that overlap. */
export async function setUpNotifications({ environment, tools: { api, say } }: Step, { queue }: QueueIds) {
  const { accountId, bucket } = environment
  const configuration = `/accounts/${accountId}/event_notifications/r2/${bucket}/configuration`
  // A bucket without rules has no configuration.
  const { queues = [] } = (await api.find<Notifications>(configuration)) ?? {}
  const present = queues.find(({ queueId }) => queueId === queue)?.rules ?? []
  const rules = notificationRules(environment).filter((rule) => !present.some(({ prefix }) => prefix === rule.prefix))
  if (rules.length > 0) await api.call('PUT', `${configuration}/queues/${queue}`, { rules })
  say(
    `The bucket notifies the queue of objects below ${notificationRules(environment)
      .map(({ prefix }) => prefix)
      .join(' and ')}.`,
  )
}
