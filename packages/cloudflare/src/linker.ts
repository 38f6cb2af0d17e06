import { consoleLogger, consume, messageOf } from '@ckan-uplink/core'
import { reconcileAll } from '@ckan-uplink/core/operations'
import { createLinkerApp, type LinkerApp } from './app.ts'
import { type EnvVars, TOKEN_CRON } from './config.ts'
import { decode } from './decode.ts'
import { type Consume, handleBatch, postponeBatch } from './handle-batch.ts'
import type { MessageBatch } from './queue-binding.ts'
import { deliverBatch, WEBHOOKS_QUEUE_SUFFIX } from './webhooks.ts'

let linker: LinkerApp | undefined

/** One isolate has one environment, so it creates its linker once. */
function linkerOf(env: EnvVars): LinkerApp {
  linker ??= createLinkerApp(env)
  return linker
}

function linkerIfConfigured(env: EnvVars): LinkerApp | undefined {
  try {
    return linkerOf(env)
  } catch (error) {
    consoleLogger.log('error', 'not_configured', { reason: messageOf(error) })
    return undefined
  }
}

/**
 * The Worker that links the objects of its queue and, on a schedule, missed uploads. It also delivers the events of the
 * second queue. It has no public address.
 */
export default {
  async queue(batch: MessageBatch, env: EnvVars): Promise<void> {
    const configured = linkerIfConfigured(env)
    if (configured === undefined) return postponeBatch(batch)
    const { createLinkDeps, maxRetries, tokenNotes, webhooks } = configured
    if (webhooks && batch.queue.endsWith(WEBHOOKS_QUEUE_SUFFIX)) return deliverBatch(webhooks, batch)
    const consumeBatch: Consume = (decoder, deliveries) => consume(createLinkDeps(), decoder, deliveries)
    await Promise.all([handleBatch(consumeBatch, decode, batch, maxRetries), tokenNotes.noteIfDue()])
  },

  async scheduled({ cron }: { readonly cron: string }, env: EnvVars): Promise<void> {
    const { createLinkDeps, tokenNotes, webhooks } = linkerOf(env)
    await Promise.all([tokenNotes.note(), webhooks?.sendUnsent()])
    if (cron !== TOKEN_CRON) await reconcileAll(createLinkDeps())
  },
}
