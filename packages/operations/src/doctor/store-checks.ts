import type { ObjectStore } from '@ckan-uplink/core'
import { countParked } from '@ckan-uplink/core/operations'
import type { Settings } from '@ckan-uplink/core/settings'
import { UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, right, wrong } from './check.ts'

/** Checks that the bucket behaves as the product needs, and that no message is parked. */
export function storeChecks(store: ObjectStore, { bucket }: Settings): readonly Check[] {
  const adviceOnError = `Check that the bucket ${bucket} exists, and that your credentials may list it and read, write and remove its objects.`
  return [
    {
      name: 'bucket',
      adviceOnError,
      async run() {
        const startedAt = performance.now()
        const { key } = await putScratch(store)
        try {
          const refused = await store.put(key, new Uint8Array(), { onlyIf: 'absent' })
          let listed = 0
          for await (const _ of store.list(key)) listed += 1
          if (refused === undefined && listed === 1)
            return right(`${bucket} writes, lists and reads in ${Math.round(performance.now() - startedAt)} ms`)
          return wrong(
            `${bucket} ${listed === 1 ? 'ignores conditional writes' : 'does not list a new object'}.`,
            'Records would be lost in it: use a store with conditional writes.',
          )
        } finally {
          await store.remove(key)
        }
      },
    },
    {
      name: 'parked messages',
      adviceOnError,
      async run() {
        const count = await countParked(store)
        if (count === 0) return right('none')
        return wrong(
          count === 1 ? '1 message is parked.' : `${count} messages are parked.`,
          'List them with npm run uplink -- parked list, fix the cause, then replay or drop them.',
        )
      },
    },
  ]
}

/** Puts a small object below a key that triggers no notification. The caller removes it. */
export async function putScratch(store: ObjectStore): Promise<{ readonly key: string; readonly modifiedAt: Date }> {
  const key = `${UPLINK_PREFIX}doctor/${crypto.randomUUID()}`
  await store.put(key, new TextEncoder().encode('ckan-uplink doctor\n'))
  const object = await store.head(key)
  if (object === undefined) throw new Error(`The bucket does not have ${key}, which was written a moment ago.`)
  return object
}
