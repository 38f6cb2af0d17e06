import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { describe, expect, it } from 'vitest'
import { accountKeysChecks } from '../../../src/clouds/azure/account-keys-check.ts'

const ENV = { CKAN_URL: 'https://data.example.org', GATEWAY_URL: 'https://up.example.org', BUCKET_NAME: 'files' }

/** What the doctor finds at an account that Azure shows with these properties. */
async function look(shown: object | undefined, env: Readonly<Record<string, string>> = { FILES_STORAGE: 'uplink' }) {
  const settings = readFrom({ ...ENV, ...env }, readSettings)
  const get = async <T>() => shown as T | undefined
  const [check] = accountKeysChecks({ get }, { settings, storageAccount: '/subscriptions/1/portal' })
  return check?.run()
}

describe('the doctor at the keys of an account', () => {
  it.each([
    ['forbids them', { properties: { allowSharedKeyAccess: false } }, 'hint', 'set allowSharedKeyAccess'],
    ['allows them', { properties: { allowSharedKeyAccess: true } }, 'right', 'by its key'],
    ['says nothing, which allows them', { properties: {} }, 'right', 'by its key'],
    ['does not exist', undefined, 'wrong', 'does not show the storage account'],
  ])('that %s', async (_, shown, state, words) => {
    expect(await look(shown)).toMatchObject({ state, found: expect.stringContaining(words) })
  })

  it('looks only where CKAN shall have the files', async () => {
    expect(await look({}, {})).toBeUndefined()
  })
})
