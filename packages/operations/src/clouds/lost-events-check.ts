import type { Settings } from '@ckan-uplink/core/settings'
import { type Check, hint, right, wrong } from '../doctor/check.ts'

interface LostEvents {
  /** The queue to which events go after their last attempt. */
  readonly queue: string
  readonly adviceOnError: string
  /** `undefined` if the operator's credentials do not open the queue. */
  count(): Promise<number | undefined>
}

/** Checks that no receiver has missed an event for three days. Without receivers there is nothing to check. */
export function lostEventsChecks(
  { webhookUrls }: Pick<Settings, 'webhookUrls'>,
  { queue, adviceOnError, count }: LostEvents,
): readonly Check[] {
  if (webhookUrls.length === 0) return []
  return [
    {
      name: 'lost events',
      adviceOnError,
      async run() {
        const lost = await count()
        if (lost === undefined) return hint(`not checked, because an account key does not open ${queue}`)
        if (lost === 0) return right(`${queue} is empty`)
        return wrong(
          `Receivers did not take about ${lost} ${lost === 1 ? 'event' : 'events'} for three days: ${queue} has them.`,
          'The lines event_not_delivered in the log of the linker name the receiver. Repair it, run npm run uplink -- events replay, then empty the queue.',
        )
      },
    },
  ]
}
