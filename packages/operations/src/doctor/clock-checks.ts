import type { CkanClient } from '@ckan-uplink/ckan'
import type { ObjectStore, Settings } from '@ckan-uplink/core'
import { ask, type Check, hint, right, type Verdict, wrong } from './check.ts'
import { putScratch } from './store-checks.ts'

/** What nobody notices. Clouds refuse signatures from 15 minutes on; an upload's order among others suffers before. */
const TOLERANCE_MS = 30_000

export interface ClockSubject {
  readonly client: CkanClient
  readonly store: ObjectStore
  readonly settings: Settings
}

/** Does everybody have the same time as this machine? */
export function clockChecks({ client, store, settings }: ClockSubject): readonly Check[] {
  return [
    check("CKAN's clock", async () => (await client.call('status_show', {}, undefined, { retry: true })).date),
    check(
      "gateway's clock",
      async () => new Date((await ask(`${settings.gatewayUrl}/healthz`)).headers.get('date') ?? Number.NaN),
    ),
    check("storage's clock", async () => {
      const { key, modifiedAt } = await putScratch(store)
      await store.remove(key)
      return modifiedAt
    }),
  ]
}

function check(name: string, read: () => Promise<Date>): Check {
  return {
    name,
    otherwise: 'It could not be asked for the time: see what else is wrong with it.',
    async run() {
      const before = Date.now()
      const time = (await read()).getTime()
      return judge(time, before, Date.now())
    },
  }
}

/** Servers tell whole seconds, and the time may be of any moment in between. */
function judge(time: number, before: number, after: number): Verdict {
  if (Number.isNaN(time)) return hint('it does not tell the time')
  const offMs = time > after ? time - after : time < before - 1000 ? time - before + 1000 : 0
  const words = `${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ahead of' : 'behind'} this machine's`
  if (Math.abs(offMs) <= TOLERANCE_MS) return right(Math.abs(offMs) < 1000 ? "is this machine's" : words)
  return wrong(
    `It is ${words}.`,
    'One of the two is wrong: let it be set by NTP. Uploads are ordered by time, and signatures fail when clocks differ.',
  )
}
