import type { ObjectStore } from '@ckan-uplink/core'
import { dropParked, listParked, parkEvent } from '@ckan-uplink/core/operations'
import { describe, expect, it } from 'vitest'
import { startGateway } from '../support/gateway-fixture.ts'

const EVENT = { kind: 'created', bucket: 'data', key: 'resources/api_uploads/drill' } as const

async function park({ store, time }: ReturnType<typeof startGateway>, key: string = EVENT.key): Promise<void> {
  await parkEvent({ store, clock: { now: () => time.now } }, { ...EVENT, key }, 'The key names no resource.')
}

async function dropAll(store: ObjectStore): Promise<void> {
  for await (const { id } of listParked(store)) await dropParked(store, id)
}

describe('a health check that reminds of parked messages', () => {
  it('succeeds while nothing is parked, without a call of CKAN', async () => {
    const { send, calls } = startGateway()
    const response = await send('/readyz/parked')
    expect([response.status, response.headers.get('Cache-Control')]).toEqual([200, 'no-store'])
    expect(calls).toEqual([])
  })

  it('fails while messages are parked, and says what to do but not what they are about', async () => {
    const gateway = startGateway()
    await park(gateway)
    const response = await gateway.send('/readyz/parked')
    expect(response.status).toBe(503)
    const text = await response.text()
    expect(text).toContain('`parked list`')
    expect(text).not.toMatch(/drill|resource|\d/u)
  })

  it('sees within a minute that the last message was dropped', async () => {
    const gateway = startGateway()
    await park(gateway)
    expect((await gateway.send('/readyz/parked')).status).toBe(503)
    await dropAll(gateway.store)
    gateway.time.now = new Date(gateway.time.now.getTime() + 60_000)
    expect((await gateway.send('/readyz/parked')).status).toBe(200)
  })

  it('succeeds for an hour of the night, so that the check mails again each day', async () => {
    const gateway = startGateway()
    await park(gateway)
    const statuses: number[] = []
    for (const time of ['02:59', '03:00', '03:59', '04:00']) {
      gateway.time.now = new Date(`2026-02-01T${time}:00Z`)
      statuses.push((await gateway.send('/readyz/parked')).status)
    }
    expect(statuses).toEqual([503, 200, 200, 503])
  })

  it('lists one object in a minute, for any number of parked messages and requests', async () => {
    const gateway = startGateway()
    for (const key of ['a', 'b', 'c']) await park(gateway, key)
    let listed = 0
    const { store } = gateway
    const counting: ObjectStore = {
      ...store,
      async *list(...asked) {
        for await (const object of store.list(...asked)) {
          listed += 1
          yield object
        }
      },
    }
    const { send } = startGateway({ deps: { store: counting } })
    for (let count = 0; count < 20; count += 1) expect((await send('/readyz/parked')).status).toBe(503)
    expect(listed).toBe(1)
  })
})
