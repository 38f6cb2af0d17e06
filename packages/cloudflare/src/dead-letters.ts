import { systemClock, UplinkError } from '@ckan-uplink/core'
import type { DeadLetter, DeadLetters } from '@ckan-uplink/core/operations'
import { parseJson } from '@ckan-uplink/core/support'
import { fromBase64 } from './decode.ts'
import { createQueuesApi, type QueuesApi, type QueuesApiOptions } from './queues-api.ts'

export interface DeadLettersOptions extends Omit<QueuesApiOptions, 'clock'>, Partial<Pick<QueuesApiOptions, 'clock'>> {
  /** The name of the dead-letter queue, which has to have a consumer that pulls over HTTP. */
  readonly queue: string
}

/** https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/pull/ */
interface Pulled {
  readonly lease_id: string
  readonly body: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Few, since each pull counts against the retries of what it brings: https://developers.cloudflare.com/queues/configuration/pull-consumers/ */
const BATCH = 20
/** Longer than it takes to park a batch, however often the store has to be asked. */
const VISIBILITY_MS = 600_000

const REASON = 'The linker never answered for it, as often as the queue delivered it.'

/**
 * What Queues have put into the dead-letter queue, by Cloudflare's REST API. What isn't taken is given back at once; what a lost
 * answer has brought comes again after ten minutes.
 */
export function createDeadLetters({ queue, clock = systemClock, ...options }: DeadLettersOptions): DeadLetters {
  const api = createQueuesApi({ ...options, clock })
  return {
    async drain(take) {
      const messages = `/${await findQueueId(api, queue)}/messages`
      let taken = 0
      // A pull doesn't wait for messages, so one that brings none is made sure of.
      for (let empty = 0; empty < 2; ) {
        const pulled = await api<{ readonly messages?: readonly Pulled[] } | null>(`${messages}/pull`, {
          batch_size: BATCH,
          visibility_timeout_ms: VISIBILITY_MS,
        })
        const batch = pulled?.messages ?? []
        await takeBatch(batch, take, (answer) => api(`${messages}/ack`, answer))
        taken += batch.length
        empty = batch.length === 0 ? empty + 1 : 0
        if (empty === 1) await clock.sleep(1000)
      }
      return taken
    },
  }
}

async function findQueueId(api: QueuesApi, name: string): Promise<string> {
  const queues = await api<readonly { readonly queue_id: string; readonly queue_name: string }[] | null>(
    `?name=${encodeURIComponent(name)}`,
  )
  const found = queues?.find(({ queue_name }) => queue_name === name)
  if (found) return found.queue_id
  throw new UplinkError(
    'not_found',
    `The Cloudflare account has no queue ${name}: see that the environment is deployed, and to this account.`,
    false,
  )
}

interface Acknowledgement {
  readonly acks: readonly Lease[]
  readonly retries: readonly Lease[]
}

type Lease = Pick<Pulled, 'lease_id'>

async function takeBatch(
  batch: readonly Pulled[],
  take: (letter: DeadLetter) => Promise<void>,
  answer: (acknowledgement: Acknowledgement) => Promise<unknown>,
): Promise<void> {
  const leases = batch.map(({ lease_id }) => ({ lease_id }))
  for (const [index, message] of batch.entries()) {
    try {
      await take({ body: bodyOf(message), reason: REASON })
    } catch (error) {
      // Where this fails, they come again in ten minutes; what went wrong before is what counts.
      await answer({ acks: leases.slice(0, index), retries: leases.slice(index) }).catch(() => {})
      throw error
    }
  }
  if (batch.length > 0) await answer({ acks: leases, retries: [] })
}

/** JSON and bytes come in base64: https://developers.cloudflare.com/queues/configuration/pull-consumers/#content-types */
function bodyOf({ body, metadata }: Pulled): unknown {
  const type = metadata?.['CF-Content-Type']
  const text = type === 'json' || type === 'bytes' ? fromBase64(body) : ''
  return text === '' ? body : (parseJson(text) ?? text)
}
