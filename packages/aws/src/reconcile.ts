import { reconcileAll } from '@ckan-uplink/core/operations'
import { once } from '@ckan-uplink/core/support'
import { createLinkerApp } from './app.ts'

const linker = once(() => createLinkerApp(process.env))

/** What a schedule asks for; nothing in it: everything. */
interface ScheduledEvent {
  readonly task?: string
}

/**
 * The reconciler, on two schedules: each hour, with the task `try-token`, it tries the service's token; each night it links what was
 * missed as well. Throws when it can't go through the whole bucket.
 */
export async function handler({ task }: ScheduledEvent = {}): Promise<void> {
  const { createLinkDeps, tokenNotes } = linker()
  await tokenNotes.note()
  if (task !== 'try-token') await reconcileAll(await createLinkDeps())
}
