import { consume, messageOf, UnavailableError } from '@ckan-uplink/core'
import { once } from '@ckan-uplink/core/support'
import { createLinkerApp, type LinkerApp } from './app.ts'
import { decode } from './decode.ts'
import { type Consume, handleBatch, postponeBatch } from './handle-batch.ts'
import { readInvocation } from './invocation.ts'
import { lambdaLogger as logger } from './logger.ts'
import { createPostpone, createSqsClient } from './postpone.ts'
import type { SqsBatchResponse, SqsRecord } from './sqs-event.ts'
import { deliverBatch, isFrom } from './webhooks.ts'

const linker = once(() => createLinkerApp(process.env))
const client = createSqsClient()
const postpone = createPostpone({ client, queueUrl: process.env['QUEUE_URL'] ?? '', logger })
const eventQueueUrl = process.env['WEBHOOK_QUEUE_URL']
const postponeEvents = createPostpone({ client, queueUrl: eventQueueUrl ?? '', logger })

/**
 * The linker. It handles batches of its queue and of the queue of events. It also handles notifications that S3, SNS or
 * EventBridge send to the function directly. Throws `MalformedNotificationError` for any other event.
 */
export async function handler(event: unknown): Promise<SqsBatchResponse | null> {
  const invocation = readInvocation(event)
  if ('records' in invocation) return handleQueue(invocation.records)
  await handleDirectly(invocation.bodies)
  return null
}

/** Never throws, because a failed invocation would use up the attempts of the batch. */
async function handleQueue(records: readonly SqsRecord[]): Promise<SqsBatchResponse> {
  if (isFrom(eventQueueUrl, records)) return deliverEvents(records)
  const ready = await prepare()
  if (ready === undefined) return postponeBatch(records, postpone)
  const { deps, maxReceives } = ready
  const consumeBatch: Consume = (decoder, deliveries) => consume(deps, decoder, deliveries)
  const [answer] = await Promise.all([
    handleBatch(consumeBatch, decode, records, { maxReceives, postpone }),
    linker().tokenNotes.noteIfDue(),
  ])
  return answer
}

/** A fault of the service token does not delay events. Never throws. */
async function deliverEvents(records: readonly SqsRecord[]): Promise<SqsBatchResponse> {
  try {
    const { webhooks } = linker()
    if (webhooks) return await deliverBatch(webhooks, records, postponeEvents)
  } catch (error) {
    logger.log('error', 'not_configured', { reason: messageOf(error) })
  }
  return postponeBatch(records, postponeEvents)
}

/**
 * Lambda repeats such an invocation twice within minutes and then drops it. So each attempt counts as the last one, and
 * the linker parks events instead of retrying them. Throws when it cannot park them.
 */
async function handleDirectly(bodies: readonly unknown[]): Promise<void> {
  const ready = await prepare()
  if (ready === undefined) throw new UnavailableError('The linker is not configured: its log says why.')
  const deliveries = bodies.map((body, index) => ({ id: String(index), attempt: 1, lastAttempt: true, body }))
  const outcomes = await consume(ready.deps, decode, deliveries)
  const failed = outcomes.find((outcome) => outcome.kind === 'retry')
  if (failed) throw new UnavailableError(`The linker could neither handle nor park a notification: ${failed.cause}`)
}

/** `undefined` when the configuration has a fault. */
async function prepare() {
  let app: LinkerApp | undefined
  try {
    app = linker()
    return { deps: await app.createLinkDeps(), maxReceives: app.maxReceives }
  } catch (error) {
    logger.log('error', 'not_configured', { reason: messageOf(error) })
    // So that `/readyz` and `doctor` report an unreadable secret before the next run of the schedule.
    await app?.tokenNotes.note()
    return undefined
  }
}
