import { createStore, decode, type R2Bucket } from '@ckan-uplink/cloudflare'
import { consoleLogger, systemClock } from '@ckan-uplink/core'
import { collectDeadLetters, type DeadLetter } from '@ckan-uplink/core/operations'
import { DEFAULT_KEY_PREFIX, IMAGE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Producer, replay } from './replay.ts'

interface Bindings {
  readonly BUCKET: R2Bucket
  readonly BUCKET_NAME: string
  readonly EVENTS: { send(message: unknown): Promise<unknown> }
  readonly REPLAYED: Producer
}

interface Batch {
  readonly messages: readonly { readonly body: unknown; ack(): void }[]
}

const REASON = 'The linker never acknowledged this message in any of its deliveries.'

/**
 * The Worker beside the bucket and its queue, which only the local edition needs. The event edge and the start ask it
 * by HTTP, see `connectBucket`. It also parks dead letters at once, because Miniflare's queue keeps no messages when it
 * stops.
 */
// biome-ignore lint/style/noDefaultExport: workerd expects a default export.
export default {
  async fetch(request: Request, { BUCKET, BUCKET_NAME, EVENTS, REPLAYED }: Bindings): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const store = createStore(BUCKET)
    switch (pathname) {
      case '/object':
        return Response.json((await store.head(searchParams.get('key') ?? '')) ?? null)
      case '/notification':
        await EVENTS.send(await request.json())
        return new Response(null, { status: 204 })
      case '/replay':
        await replay(store, REPLAYED, { bucket: BUCKET_NAME, prefixes: [DEFAULT_KEY_PREFIX, IMAGE_PREFIX] })
        return new Response(null, { status: 204 })
      default:
        return new Response(null, { status: 404 })
    }
  },

  /** Throws if the bucket fails. The queue then delivers the remaining messages again. */
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
