import type { ObjectStore, Settings } from '@ckan-uplink/core'
import { countParked } from '@ckan-uplink/core/operations'
import { UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, right, wrong } from './check.ts'

/** Can the bucket be used as it has to be, and what waits in it for somebody? */
export function storeChecks(store: ObjectStore, { bucket }: Settings): readonly Check[] {
  const otherwise = `See whether the bucket ${bucket} is there, and whether your credentials may list it and read, write and remove its objects.`
  return [
    {
      name: 'bucket',
      otherwise,
      async run() {
        const startedAt = performance.now()
        const { key } = await putScratch(store)
        try {
          const refused = await store.put(key, new Uint8Array(), { onlyIf: 'absent' })
          let listed = 0
          for await (const _ of store.list(key)) listed += 1
          if (refused === undefined && listed === 1)
            return right(`${bucket} takes, lists and gives back in ${Math.round(performance.now() - startedAt)} ms`)
          return wrong(
            `${bucket} ${listed === 1 ? 'writes over what it was told to keep' : 'does not list what was put'}.`,
            'Records would be lost in it: use a store that has conditional writes.',
          )
        } finally {
          await store.remove(key)
        }
      },
    },
    {
      name: 'parked messages',
      otherwise,
      async run() {
        const count = await countParked(store)
        if (count === 0) return right('none')
        return wrong(
          `${count} wait for somebody.`,
          'See them with npm run uplink -- parked list, mend the cause, then replay or drop them.',
        )
      },
    },
  ]
}

/** A small object out of reach of every notification, which the caller removes. */
export async function putScratch(store: ObjectStore): Promise<{ readonly key: string; readonly modifiedAt: Date }> {
  const key = `${UPLINK_PREFIX}doctor/${crypto.randomUUID()}`
  await store.put(key, new TextEncoder().encode('ckan-uplink doctor\n'))
  const object = await store.head(key)
  if (object === undefined) throw new Error(`The bucket has not got ${key}, which was put a moment ago.`)
  return object
}
