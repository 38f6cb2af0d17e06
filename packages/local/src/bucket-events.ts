import { createStore, decode, type R2Bucket } from '@ckan-uplink/cloudflare'
import {
  collectDeadLetters,
  consoleLogger,
  DEFAULT_KEY_PREFIX,
  type DeadLetter,
  IMAGE_PREFIX,
  systemClock,
} from '@ckan-uplink/core'
import { type Producer, replay } from './replay.ts'

interface Bindings {
  readonly BUCKET: R2Bucket
  readonly BUCKET_NAME: string
  readonly EVENTS: Producer
}

interface Batch {
  readonly messages: readonly { readonly body: unknown; ack(): void }[]
}

const REASON = 'The linker never answered for it, as often as the queue delivered it.'

/**
 * The Worker at the queue's other ends, as nobody but the local edition needs it. Any request has the bucket replayed; inside workerd,
 * since reading a listing from without takes 35 ms an object. Dead letters are parked at once: the queue of them would forget them.
 */
// biome-ignore lint/style/noDefaultExport: what workerd asks of a Worker's module.
export default {
  async fetch(_request: Request, { BUCKET, BUCKET_NAME, EVENTS }: Bindings): Promise<Response> {
    await replay(createStore(BUCKET), EVENTS, { bucket: BUCKET_NAME, prefixes: [DEFAULT_KEY_PREFIX, IMAGE_PREFIX] })
    return new Response(null, { status: 204 })
  },

  /** Throws when the bucket does, and then what is left comes again. */
  async queue({ messages }: Batch, { BUCKET }: Bindings): Promise<void> {
    const drain = async (take: (letter: DeadLetter) => Promise<void>): Promise<number> => {
      for (const message of messages) {
        await take({ body: message.body, reason: REASON })
        message.ack()
      }
      return messages.length
    }
    const letters = await collectDeadLetters({
      store: createStore(BUCKET),
      clock: systemClock,
      decode,
      deadLetters: { drain },
    })
    consoleLogger.log('error', 'dead_letters_parked', { letters })
  },
}
