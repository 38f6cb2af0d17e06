import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore, Settings } from '@ckan-uplink/core'
import { dropParked, listParked, parkedIdFor, readParked } from '@ckan-uplink/core/operations'
import { buildKey, PROBE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, right, wrong } from './check.ts'

const POLL_MS = 250
/** Another doctor's may be on its way. */
const LEFT_BEHIND_MS = 3_600_000

export interface ProbeSubject {
  readonly store: ObjectStore
  readonly settings: Settings
  readonly timeoutSeconds: number
}

/**
 * The whole road, from an object that comes to be to the linker that hears of it: the object bears the id of a resource that there is
 * not, so the linker parks what it was told, and nobody's dataset is touched. Both are removed again.
 */
export function probeCheck({ store, settings, timeoutSeconds }: ProbeSubject): Check {
  const { bucket, keyPrefix } = settings
  return {
    name: 'probe upload',
    otherwise: 'See what is wrong with the bucket.',
    async run() {
      await sweep(store, keyPrefix)
      const key = buildKey(keyPrefix, { resourceId: `${PROBE_PREFIX}${crypto.randomUUID()}` })
      const id = await parkedIdFor({ bucket, key })
      const startedAt = performance.now()
      await store.put(key, new TextEncoder().encode('ckan-uplink doctor\n'))
      try {
        const reason = await reasonWhenParked(store, id, timeoutSeconds)
        if (reason === undefined)
          return wrong(
            `The linker did not hear of it within ${timeoutSeconds} s.`,
            'See what is wrong above, and the log of the linker. While CKAN is down, it waits.',
          )
        return right(`the linker heard of it after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
      } finally {
        await store.remove(key)
        await dropParked(store, id)
      }
    },
  }
}

async function reasonWhenParked(store: ObjectStore, id: string, timeoutSeconds: number): Promise<string | undefined> {
  for (const end = performance.now() + timeoutSeconds * 1000; performance.now() < end; await sleep(POLL_MS)) {
    const parked = await readParked(store, id)
    if (parked !== undefined) return parked.reason
  }
  return undefined
}

/** What an earlier probe left behind that was cut short, or parked only after it had been given up. */
async function sweep(store: ObjectStore, keyPrefix: string): Promise<void> {
  const prefix = `${keyPrefix}${PROBE_PREFIX}`
  const isOld = (time: number) => Date.now() - time > LEFT_BEHIND_MS
  for await (const { key, modifiedAt } of store.list(prefix)) if (isOld(modifiedAt.getTime())) await store.remove(key)
  for await (const { id, parked_at, event } of listParked(store))
    if (event?.key.startsWith(prefix) && isOld(Date.parse(parked_at))) await dropParked(store, id)
}
