import { eventOf } from '@ckan-uplink/core'
import { RECORDS_PREFIX } from '@ckan-uplink/core/uploads'
import { type Simulation, settings } from './simulation.ts'

/** Receivers hear about every state that a linker has written to a record, also of linkers that crashed. */
export async function eventFaults({ store, events }: Simulation): Promise<string[]> {
  const faults: string[] = []
  for (const { by, key, before, after } of store.changes) {
    if (!by.startsWith('linker') || !key.startsWith(RECORDS_PREFIX) || before === undefined) continue
    const event = await eventOf(settings, JSON.parse(after), new Date(0))
    const isTold = event === undefined || events.has(event.id)
    const former = await eventOf(settings, JSON.parse(before), new Date(0))
    if (!isTold && former?.id !== event.id) faults.push(`No receiver heard of ${event.type} in ${key}.`)
  }
  return faults
}
