import { consume, messageOf, once } from '@ckan-uplink/core'
import { decode } from './decode.ts'
import { type Consume, handleBatch, postponeBatch } from './handle-batch.ts'
import { lambdaLogger as logger } from './logger.ts'
import { createLinkerPart } from './parts.ts'
import { createPostpone, createSqsClient } from './postpone.ts'
import type { SqsBatchResponse, SqsEvent } from './sqs-event.ts'

const linker = once(() => createLinkerPart(process.env))
const postpone = createPostpone({ client: createSqsClient(), queueUrl: process.env['QUEUE_URL'] ?? '', logger })

/** The linker: links what a batch of the queue tells of. Throws nothing: thrown, the batch would burn its attempts. */
export async function handler({ Records }: SqsEvent): Promise<SqsBatchResponse> {
  const ready = await prepare()
  if (ready === undefined) return postponeBatch(Records, postpone)
  const { deps, maxReceives } = ready
  const consumeBatch: Consume = (decoder, deliveries) => consume(deps, decoder, deliveries)
  const [answer] = await Promise.all([
    handleBatch(consumeBatch, decode, Records, { maxReceives, postpone }),
    linker().tokenNotes.noteIfDue(),
  ])
  return answer
}

/** `undefined` until somebody has mended the configuration. */
async function prepare() {
  try {
    const { createLinkDeps, maxReceives } = linker()
    return { deps: await createLinkDeps(), maxReceives }
  } catch (error) {
    logger.log('error', 'not_configured', { reason: messageOf(error) })
    return undefined
  }
}
