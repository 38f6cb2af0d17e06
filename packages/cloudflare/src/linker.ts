import { consoleLogger, consume, messageOf, type Outcome, reconcile } from '@ckan-uplink/core'
import type { Environment } from './config.ts'
import { decode } from './decode.ts'
import { handleBatch } from './handle-batch.ts'
import { createLinkerPart, type LinkerPart } from './parts.ts'
import type { MessageBatch } from './queue-binding.ts'

let linker: LinkerPart | undefined

/** One isolate has one environment, so its parts are built once. */
function linkerOf(env: Environment): LinkerPart {
  linker ??= createLinkerPart(env)
  return linker
}

function linkerIfConfigured(env: Environment): LinkerPart | undefined {
  try {
    return linkerOf(env)
  } catch (error) {
    consoleLogger.log('error', 'not_configured', { reason: messageOf(error) })
    return undefined
  }
}

/** The Worker that links: what its queue tells of, and on a schedule what no notification told of. Nobody talks to it. */
export default {
  async queue(batch: MessageBatch, env: Environment): Promise<void> {
    const configured = linkerIfConfigured(env)
    // Thrown, the batch would come again at once and burn its attempts before anybody has mended the configuration.
    if (configured === undefined) return batch.retryAll({ delaySeconds: 300 })
    const { createLinkDeps, maxRetries } = configured
    await handleBatch((decoder, deliveries) => consume(createLinkDeps(), decoder, deliveries), decode, batch, maxRetries)
  },

  async scheduled(_controller: unknown, env: Environment): Promise<void> {
    const counts: Partial<Record<Outcome['kind'], number>> = {}
    for await (const { outcome } of reconcile(linkerOf(env).createLinkDeps())) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1
    consoleLogger.log('info', 'reconciled', counts)
  },
}
