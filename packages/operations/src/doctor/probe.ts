import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '@ckan-uplink/core'
import {
  dropParked,
  listParked,
  parkedIdFor,
  readParked,
  readTokenNote,
  type TokenNote,
} from '@ckan-uplink/core/operations'
import type { Settings } from '@ckan-uplink/core/settings'
import { buildKey, PROBE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, right, wrong } from './check.ts'

const POLL_MS = 250
/** Younger objects may belong to another doctor that runs now. */
const ABANDONED_AFTER_MS = 3_600_000

export interface ProbeSubject {
  readonly store: ObjectStore
  readonly settings: Settings
  readonly timeoutSeconds: number
}

/**
 * Checks the whole way from a new object to the linker. The key of the object has the id of a resource that does not
 * exist, so the linker parks the notification and changes no dataset. The check removes the object and the message.
 */
export function probeCheck({ store, settings, timeoutSeconds }: ProbeSubject): Check {
  const { bucket, keyPrefix } = settings
  return {
    name: 'probe upload',
    adviceOnError: 'See the check of the bucket.',
    async run() {
      await removeOldProbes(store, keyPrefix)
      const key = buildKey(keyPrefix, { resourceId: `${PROBE_PREFIX}${crypto.randomUUID()}` })
      const id = await parkedIdFor({ bucket, key })
      const startedAt = performance.now()
      await store.put(key, new TextEncoder().encode('ckan-uplink doctor\n'))
      try {
        const reason = await reasonWhenParked(store, id, timeoutSeconds)
        if (reason === undefined) return judgeSilence(await readTokenNote(store), timeoutSeconds)
        return right(
          `the linker received the notification after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
        )
      } finally {
        await store.remove(key)
        await dropParked(store, id)
      }
    },
  }
}

function judgeSilence(note: TokenNote | undefined, timeoutSeconds: number): CheckResult {
  if (note?.valid === false)
    return wrong(
      `The linker waits for a valid service token. It tried the token at ${note.tried_at}: ${note.detail}`,
      'Store a valid token, as docs/operations.md says under "A new service token".',
    )
  return wrong(
    `The linker did not receive the notification within ${timeoutSeconds} s.`,
    'See the faults above and the log of the linker. While CKAN is down, the linker waits.',
  )
}

async function reasonWhenParked(store: ObjectStore, id: string, timeoutSeconds: number): Promise<string | undefined> {
  for (const end = performance.now() + timeoutSeconds * 1000; performance.now() < end; await sleep(POLL_MS)) {
    const parked = await readParked(store, id)
    if (parked !== undefined) return parked.reason
  }
  return undefined
}

/** Removes the objects and messages of earlier probes that were stopped, or whose message was parked too late. */
async function removeOldProbes(store: ObjectStore, keyPrefix: string): Promise<void> {
  const prefix = `${keyPrefix}${PROBE_PREFIX}`
  const isOld = (time: number) => Date.now() - time > ABANDONED_AFTER_MS
  for await (const { key, modifiedAt } of store.list(prefix)) if (isOld(modifiedAt.getTime())) await store.remove(key)
  for await (const { id, parked_at, event } of listParked(store))
    if (event?.key.startsWith(prefix) && isOld(Date.parse(parked_at))) await dropParked(store, id)
}
