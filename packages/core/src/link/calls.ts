import type { ObjectEvent } from '../notifications/object-event.ts'
import type { ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { isCall, readCall } from '../uploads/held-upload.ts'
import { ignored, type Result, resultOfError } from './result.ts'

interface Answerer {
  readonly settings: Pick<Settings, 'keyPrefix' | 'bucket'>
  readonly store: Pick<ObjectStore, 'get' | 'remove'>
}

/** The event to handle, and the key of the call that asked for it. `result`: there is nothing to handle. */
export interface Target {
  readonly event: ObjectEvent
  readonly call?: string
  readonly result?: Result
}

/** Returns the event itself. For an event that names a call, returns an event of the object that the call names. */
export async function targetOf(answerer: Answerer, event: ObjectEvent): Promise<Target> {
  const { settings, store } = answerer
  const { etag: _etag, ...rest } = event
  if (event.kind === 'removed' || event.bucket !== settings.bucket || !isCall(settings.keyPrefix, event.key))
    return { event }
  try {
    const key = await readCall(store, event.key)
    if (key === undefined) return { event, result: ignored('The call was answered before.') }
    return { event: { ...rest, key }, call: event.key }
  } catch (error) {
    return { event, result: resultOfError(error) }
  }
}

/** Removes a call that was answered. Never throws: the reconciliation answers a call that stays. */
export async function removeCall({ store }: Pick<Answerer, 'store'>, { call }: Target): Promise<void> {
  if (call !== undefined) await store.remove(call).catch(() => {})
}
