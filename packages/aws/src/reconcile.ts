import { reconcileAll } from '@ckan-uplink/core/operations'
import { once } from '@ckan-uplink/core/support'
import { createLinkerApp } from './app.ts'

const linker = once(() => createLinkerApp(process.env))

/** The task of a schedule. Without `task`, the function reconciles the whole bucket. */
interface ScheduledEvent {
  readonly task?: string
}

/**
 * The reconciler has two schedules. Each hour, with the task `try-token`, it tries the service token, and sends events
 * that wait in the bucket. Each night it also links missed uploads. Throws when it cannot read the whole bucket.
 */
export async function handler({ task }: ScheduledEvent = {}): Promise<void> {
  const { createLinkDeps, tokenNotes, webhooks } = linker()
  await Promise.all([tokenNotes.note(), webhooks?.sendUnsent()])
  if (task !== 'try-token') await reconcileAll(await createLinkDeps())
}
