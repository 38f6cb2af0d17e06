import { systemClock, UplinkError } from '@ckan-uplink/core'
import type { DeadLetter, DeadLetters } from '@ckan-uplink/core/operations'
import { parseJson } from '@ckan-uplink/core/support'
import { fromBase64 } from './decode.ts'
import { createQueuesApi, type QueuesApi, type QueuesApiOptions } from './queues-api.ts'

export interface DeadLettersOptions extends Omit<QueuesApiOptions, 'clock'>, Partial<Pick<QueuesApiOptions, 'clock'>> {
  /** The name of the dead-letter queue. It needs an HTTP pull consumer. */
  readonly queue: string
}

/** https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/pull/ */
interface Pulled {
  readonly lease_id: string
  readonly body: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * A small number, because each pull counts as an attempt for all its messages:
 * https://developers.cloudflare.com/queues/configuration/pull-consumers/
 */
const BATCH = 20
/** Longer than parking a batch takes, with all retries of the store. */
const VISIBILITY_MS = 600_000

const REASON = 'The linker never acknowledged this message in any of its deliveries.'

/**
 * Reads the dead-letter queue with Cloudflare's REST API. Returns messages that `take` rejects to the queue at once.
 * When an answer of the API is lost, the queue delivers its messages again after ten minutes.
 */
export function createDeadLetters({ queue, clock = systemClock, ...options }: DeadLettersOptions): DeadLetters {
  const api = createQueuesApi({ ...options, clock })
  return {
    async drain(take) {
      const messages = `/${await findQueueId(api, queue)}/messages`
      let taken = 0
      // A pull does not wait for messages, so an empty pull is repeated once.
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
    `The Cloudflare account has no queue ${name}: check that the environment is deployed to this account.`,
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
      // When this fails, the queue delivers the messages again after ten minutes. The first error is more important.
      await answer({ acks: leases.slice(0, index), retries: leases.slice(index) }).catch(() => {})
      throw error
    }
  }
  if (batch.length > 0) await answer({ acks: leases, retries: [] })
}

/**
 * The API encodes JSON and bytes in base64:
 * https://developers.cloudflare.com/queues/configuration/pull-consumers/#content-types
 */
function bodyOf({ body, metadata }: Pulled): unknown {
  const type = metadata?.['CF-Content-Type']
  const text = type === 'json' || type === 'bytes' ? fromBase64(body) : ''
  return text === '' ? body : (parseJson(text) ?? text)
}
