import { BlobServiceClient, type UserDelegationKey } from '@azure/storage-blob'
import { UnavailableError } from '@ckan-uplink/core'
import { HOUR_MS } from '@ckan-uplink/core/support'
import { describe, expect, it } from 'vitest'
import { delegationKeys } from '../src/index.ts'

const START = Date.parse('2026-11-22T00:00:00Z')

/** Keys of a storage that counts its calls and fails on demand. `hours` is the time of the clock. */
function createScene() {
  const scene = { hours: 0, asked: 0, isDown: false }
  const service = new BlobServiceClient('https://portalfiles.blob.core.windows.net')
  const getUserDelegationKey = async (startsOn: Date, expiresOn: Date) => {
    scene.asked += 1
    if (scene.isDown) throw new Error('The storage is down.')
    const value = Buffer.from(`key ${scene.asked}`).toString('base64')
    const key = { signedObjectId: 'o', signedTenantId: 't', signedService: 'b', signedVersion: '2026-02-06', value }
    return { ...key, signedStartsOn: startsOn, signedExpiresOn: expiresOn } satisfies UserDelegationKey
  }
  Object.assign(service, { getUserDelegationKey })
  return { scene, keys: delegationKeys(service, { now: () => new Date(START + scene.hours * HOUR_MS) }) }
}

describe('delegationKeys', () => {
  it('fetches a key once for many signatures', async () => {
    const { scene, keys } = createScene()
    const all = await Promise.all(Array.from({ length: 20 }, keys))
    scene.hours = 21
    all.push(await keys())
    expect(scene.asked).toBe(1)
    expect(new Set(all.map(({ expiresAt }) => expiresAt?.toISOString()))).toEqual(new Set(['2026-11-23T00:00:00.000Z']))
  })

  it('fetches a new key before the old key expires', async () => {
    const { scene, keys } = createScene()
    await keys()
    scene.hours = 22
    expect((await keys()).expiresAt?.toISOString()).toBe('2026-11-23T22:00:00.000Z')
    expect(scene.asked).toBe(2)
  })

  it('uses the old key while it cannot fetch a new key, and fails when the old key has expired', async () => {
    const { scene, keys } = createScene()
    await keys()
    Object.assign(scene, { hours: 23, isDown: true })
    expect((await keys()).expiresAt?.toISOString()).toBe('2026-11-23T00:00:00.000Z')
    scene.hours = 24
    await expect(keys()).rejects.toThrow(UnavailableError)
    await expect(keys()).rejects.toThrow('could not give a key to sign URLs of "portalfiles": The storage is down')
    scene.isDown = false
    expect((await keys()).expiresAt?.toISOString()).toBe('2026-11-24T00:00:00.000Z')
  })
})
