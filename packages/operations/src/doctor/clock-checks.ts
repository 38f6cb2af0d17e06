import type { CkanClient } from '@ckan-uplink/ckan'
import type { ObjectStore } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import { type Check, type CheckResult, hint, request, right, wrong } from './check.ts'
import { putScratch } from './store-checks.ts'

/** Clouds refuse signatures from 15 minutes on, but the order of uploads suffers from smaller differences. */
const TOLERANCE_MS = 30_000

export interface ClockSubject {
  readonly client: CkanClient
  readonly store: ObjectStore
  readonly settings: Settings
}

/** Compares the clocks of CKAN, the gateway and the storage with the clock of this machine. */
export function clockChecks({ client, store, settings }: ClockSubject): readonly Check[] {
  return [
    check("CKAN's clock", async () => (await client.call('status_show', {}, undefined, { retry: true })).date),
    check(
      "gateway's clock",
      async () => new Date((await request(`${settings.gatewayUrl}/healthz`)).headers.get('date') ?? Number.NaN),
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
    adviceOnError: 'Its time could not be read. See its other checks.',
    async run() {
      const before = Date.now()
      const time = (await read()).getTime()
      return judge(time, before, Date.now())
    },
  }
}

/** Servers cut their time to whole seconds and may take it at any moment between request and answer. */
function judge(time: number, before: number, after: number): CheckResult {
  if (Number.isNaN(time)) return hint('it does not report its time')
  const offMs = time > after ? time - after : time < before - 1000 ? time - before + 1000 : 0
  const words = `${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ahead of' : 'behind'} this machine`
  if (Math.abs(offMs) <= TOLERANCE_MS) return right(Math.abs(offMs) < 1000 ? 'the same as on this machine' : words)
  return wrong(
    `It is ${words}.`,
    'One of the two clocks is wrong: synchronize it by NTP. Uploads are ordered by time, and signatures fail if clocks differ.',
  )
}
