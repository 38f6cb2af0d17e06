import { IMAGE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, hint, right, wrong } from '../../doctor/check.ts'
import { lostEventsChecks } from '../lost-events-check.ts'
import { type DeletingRule, judgeRecordRules } from '../record-rules.ts'
import { accountCheck } from './account-check.ts'
import type { CloudflareApi } from './api.ts'
import type { CloudflareDeployment } from './deployment.ts'

const CREATED = ['PutObject', 'CopyObject', 'CompleteMultipartUpload']
const DEPLOY = 'Deploy the environment again: this undoes manual changes.'
/** Messages have to last over a weekend. */
const LEAST_RETENTION_SECONDS = 3 * 86_400

interface Queue {
  readonly queue_id: string
  readonly queue_name: string
  readonly settings?: { readonly message_retention_period?: number; readonly delivery_paused?: boolean }
}

/** https://developers.cloudflare.com/api/resources/queues/methods/get_metrics */
interface QueueMetrics {
  readonly backlog_count: number
}

interface Consumer {
  readonly type?: string
  readonly script_name?: string
  readonly dead_letter_queue?: string
  readonly settings?: { readonly max_retries?: number }
}

interface Notifications {
  readonly queues?: readonly { readonly queueName?: string; readonly rules?: readonly Rule[] }[]
}

interface Rule {
  readonly actions: readonly string[]
  readonly prefix?: string
  readonly suffix?: string
}

/** https://developers.cloudflare.com/api/resources/r2/subresources/buckets/subresources/lifecycle/methods/get/ */
interface Lifecycle {
  readonly rules?: readonly {
    readonly id: string
    readonly enabled?: boolean
    readonly conditions?: { readonly prefix?: string }
    readonly deleteObjectsTransition?: object | null
  }[]
}

function deletingRules({ rules = [] }: Lifecycle): readonly DeletingRule[] {
  return rules
    .filter(({ enabled, deleteObjectsTransition }) => enabled !== false && deleteObjectsTransition != null)
    .map(({ id, conditions }) => ({ name: id, prefix: conditions?.prefix ?? '' }))
}

/** Checks R2's rules, the queues and their consumers. */
export function cloudflareChecks(
  deployment: CloudflareDeployment,
  api: Pick<CloudflareApi, 'accounts' | 'get'>,
): readonly Check[] {
  const { queue, deadLetterQueue, lostEventsQueue, settings } = deployment
  const adviceOnError =
    'Check that CLOUDFLARE_API_TOKEN belongs to this account, with Queues Read, Queues Write and Workers R2 Storage Read.'
  const find = async (name: string) => {
    const found = (await api.get<readonly Queue[]>('/queues')).find(({ queue_name }) => queue_name === name)
    if (found === undefined) throw new Error(`There is no queue ${name}.`)
    return found
  }
  return [
    accountCheck(api, deployment.accountId),
    {
      name: 'notifications',
      adviceOnError,
      run: async () =>
        judgeRules(
          deployment,
          await api.get<Notifications>(`/event_notifications/r2/${settings.bucket}/configuration`),
        ),
    },
    {
      name: 'records',
      adviceOnError,
      run: async () =>
        judgeRecordRules(deletingRules(await api.get<Lifecycle>(`/r2/buckets/${settings.bucket}/lifecycle`)), DEPLOY),
    },
    { name: 'queue', adviceOnError, run: async () => judgeQueue(await find(queue)) },
    {
      name: 'linker',
      adviceOnError,
      run: async () =>
        judgeConsumers(
          deployment,
          await api.get<readonly Consumer[]>(`/queues/${(await find(queue)).queue_id}/consumers`),
        ),
    },
    {
      name: 'dead-letter queue',
      adviceOnError,
      async run() {
        const found = await find(deadLetterQueue)
        const consumers = await api.get<readonly Consumer[]>(`/queues/${found.queue_id}/consumers`)
        if (consumers.some(({ type }) => type === 'http_pull')) return judgeQueue(found)
        return wrong(`${deadLetterQueue} has no HTTP pull consumer, so operators cannot read it.`, DEPLOY)
      },
    },
    ...lostEventsChecks(settings, {
      queue: lostEventsQueue,
      adviceOnError,
      async count() {
        const { queue_id } = await find(lostEventsQueue)
        return (await api.get<QueueMetrics>(`/queues/${queue_id}/metrics`)).backlog_count
      },
    }),
  ]
}

function judgeRules(
  { queue, settings: { keyPrefix } }: CloudflareDeployment,
  { queues = [] }: Notifications,
): CheckResult {
  const rules = queues.find(({ queueName }) => queueName === queue)?.rules ?? []
  const covers =
    (prefix: string) =>
    ({ actions, suffix = '', ...rule }: Rule) =>
      prefix.startsWith(rule.prefix ?? '') && suffix === '' && CREATED.every((action) => actions.includes(action))
  const prefixes = [keyPrefix, IMAGE_PREFIX]
  const silent = prefixes.filter((prefix) => !rules.some(covers(prefix)))
  if (silent.length === 0) return right(`${prefixes.join(' and ')}: R2 notifies ${queue}`)
  return wrong(`Notifications do not cover all new objects below ${silent.join(' and ')}.`, DEPLOY)
}

function judgeQueue({ queue_name, settings = {} }: Queue): CheckResult {
  const { message_retention_period: seconds, delivery_paused = false } = settings
  if (delivery_paused)
    return wrong(
      `The delivery of ${queue_name} is paused.`,
      'Resume it in the dashboard, or with wrangler queues resume-delivery.',
    )
  if (seconds === undefined) return hint(`${queue_name} exists; Cloudflare does not say how long it keeps messages`)
  if (seconds >= LEAST_RETENTION_SECONDS)
    return right(`${queue_name} keeps messages for ${Math.round(seconds / 86_400)} days`)
  return wrong(
    `${queue_name} keeps messages for ${Math.round(seconds / 3600)} h: an outage of CKAN over a weekend would lose some.`,
    DEPLOY,
  )
}

function judgeConsumers(
  { linker, deadLetterQueue, maxRetries }: CloudflareDeployment,
  consumers: readonly Consumer[],
): CheckResult {
  const consumer = consumers.find(({ script_name }) => script_name === linker)
  if (consumer === undefined) return wrong(`The Worker ${linker} does not consume the queue.`, DEPLOY)
  if (consumer.dead_letter_queue !== deadLetterQueue)
    return wrong(
      `Messages that the linker never acknowledges go to ${consumer.dead_letter_queue || 'no queue'}, not to ${deadLetterQueue}.`,
      DEPLOY,
    )
  const retries = consumer.settings?.max_retries
  if (retries === maxRetries)
    return right(`${linker} receives each message up to ${maxRetries + 1} times; then it goes to ${deadLetterQueue}`)
  return wrong(
    `The queue retries ${retries} times, but the linker's MAX_RETRIES is ${maxRetries}: it does not know the last attempt.`,
    DEPLOY,
  )
}
