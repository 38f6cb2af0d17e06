import { consoleLogger, consume, messageOf, type Outcome, reconcile } from '@ckan-uplink/core'
import type { Environment } from './config.ts'
import { decode } from './decode.ts'
import { handleBatch } from './handle-batch.ts'
import { createParts, type Parts } from './parts.ts'
import type { MessageBatch } from './queue-binding.ts'

let parts: Parts | undefined

/** One isolate has one environment, so its parts are built once. */
function partsOf(env: Environment): Parts {
  parts ??= createParts(env)
  return parts
}

function partsIfConfigured(env: Environment): Parts | undefined {
  try {
    return partsOf(env)
  } catch (error) {
    consoleLogger.log('error', 'not_configured', { reason: messageOf(error) })
    return undefined
  }
}

/** The Worker: the gateway, the linker, and the reconciler on a schedule. */
export default {
  async fetch(request: Request, env: Environment): Promise<Response> {
    return partsOf(env).gateway.fetch(request)
  },

  async queue(batch: MessageBatch, env: Environment): Promise<void> {
    const configured = partsIfConfigured(env)
    // Thrown, the batch would come again at once and burn its attempts before anybody has mended the configuration.
    if (configured === undefined) return batch.retryAll({ delaySeconds: 300 })
    const { createLinkDeps, maxRetries } = configured
    await handleBatch((decoder, deliveries) => consume(createLinkDeps(), decoder, deliveries), decode, batch, maxRetries)
  },

  async scheduled(_controller: unknown, env: Environment): Promise<void> {
    const counts: Partial<Record<Outcome['kind'], number>> = {}
    for await (const { outcome } of reconcile(partsOf(env).createLinkDeps())) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1
    consoleLogger.log('info', 'reconciled', counts)
  },
}
