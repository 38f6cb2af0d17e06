import { noteWaiting } from '@ckan-uplink/core/uploads'
import { createMemoryStore } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { scanChecks } from '../src/doctor/scan-check.ts'

async function check(minutes: readonly number[]) {
  const store = createMemoryStore()
  for (const [index, age] of minutes.entries())
    await noteWaiting(store, { id: `id-${index}`, key: `key-${index}` }, new Date(Date.now() - age * 60_000))
  return scanChecks(store, { scanner: 'clamav' })[0]?.run()
}

describe('the check of the virus scanner', () => {
  it('is there only with a scanner', () => expect(scanChecks(createMemoryStore(), {})).toEqual([]))

  it.each([
    [[], { state: 'right', found: 'no file waits' }],
    [[1, 2], { state: 'right', found: '2 files wait' }],
    [[1, 20], { state: 'wrong', found: '2 files wait, the longest for 20 minutes.' }],
  ])('for files that wait %j minutes', async (minutes, expected) => {
    expect(await check(minutes)).toMatchObject(expected)
  })
})
