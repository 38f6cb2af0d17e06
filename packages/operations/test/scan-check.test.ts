import { noteWaiting } from '@ckan-uplink/core/uploads'
import { createMemoryStore } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { scanChecks } from '../src/doctor/scan-check.ts'

async function check(minutes: readonly number[]) {
  const store = createMemoryStore()
  for (const [index, age] of minutes.entries())
    await noteWaiting(store, { id: `id-${index}`, key: `key-${index}` }, new Date(Date.now() - age * 60_000))
  return scanChecks({ store }, { scanner: 'clamav' })[0]?.run()
}

describe('the check of the virus scanner', () => {
  it('is there only with a scanner', () => expect(scanChecks({ store: createMemoryStore() }, {})).toEqual([]))

  it.each([
    [[], { state: 'right', found: 'no file waits' }],
    [[1, 2], { state: 'right', found: '2 files wait' }],
    [[1, 20], { state: 'wrong', found: '2 files wait, the longest for 20 minutes.' }],
  ])('for files that wait %j minutes', async (minutes, expected) => {
    expect(await check(minutes)).toMatchObject(expected)
  })

  it.each([
    ['has not tagged it', async () => undefined, /GateKeeper has not tagged key-0: check that it is on/u],
    ['has tagged it', async () => CLEAN, /GateKeeper has tagged key-0, but the linker does not know/u],
    ['may not be asked', () => Promise.reject(new Error('403 AccessDenied')), /cannot be read: 403 AccessDenied/u],
  ])("says what to do when the platform's scanner %s", async (_, verdictOn, advice) => {
    const store = createMemoryStore()
    await store.put('key-0', new Uint8Array(1))
    await noteWaiting(store, { id: 'id-0', key: 'key-0' }, new Date(Date.now() - 20 * 60_000))
    const platformScanner = { name: 'GateKeeper', verdictOn }
    const [check] = scanChecks({ store, platformScanner }, { scanner: 'platform' })
    expect(await check?.run()).toMatchObject({ state: 'wrong', what_to_do: expect.stringMatching(advice) })
  })
})

const CLEAN = { result: 'clean' } as const
