import { createCkanClient } from '@ckan-uplink/ckan'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ckanChecks } from '../src/doctor/ckan-checks.ts'

let ckan: CkanStandIn
beforeAll(async () => {
  ckan = await startCkanStandIn({ tokenHeader: 'X-CKAN-API-Key' })
})
afterAll(() => ckan.close())

function checkToken(token: string, tokenHeader: string) {
  const env = { CKAN_URL: ckan.url, GATEWAY_URL: 'https://uploads.example.org', BUCKET_NAME: 'files' }
  const client = createCkanClient({ url: ckan.url, tokenHeader, concurrency: 1, timeoutMs: 5000 })
  const checks = ckanChecks({ client, token, settings: readSettings(new SettingsReader(env)) })
  return checks.find(({ name }) => name === 'CKAN token')?.run()
}

describe('the doctor, if CKAN reads tokens from a custom header', () => {
  it('names the header', async () => {
    expect(await checkToken(ckan.tokens.admin, 'Authorization')).toEqual({
      state: 'wrong',
      found: 'CKAN reads tokens from the header X-CKAN-API-Key, but the deployment sends them in Authorization.',
      what_to_do: "Set ckanTokenHeader to 'X-CKAN-API-Key' in environments.ts and deploy.",
    })
    expect(await checkToken(ckan.tokens.admin, 'x-ckan-api-key')).toMatchObject({ state: 'right' })
  })

  it('says that no header has a known token, and how to continue', async () => {
    expect(await checkToken('mistyped', 'Authorization')).toMatchObject({
      state: 'wrong',
      found: expect.stringContaining('does not know your token'),
      what_to_do: expect.stringContaining('apitoken_header_name'),
    })
  })
})

describe('the doctor, if DataPusher is to load private files', () => {
  /** A CKAN with DataPusher. */
  const answer = async () => Response.json({ success: true, result: { extensions: ['datapusher'] } })

  async function load(variables: Readonly<Record<string, string>> = {}) {
    const addresses = { CKAN_URL: 'https://ckan.example.org', GATEWAY_URL: 'https://uploads.example.org' }
    const env = { ...addresses, BUCKET_NAME: 'files', LOADER: 'datapusher', LOAD_PRIVATE: 'true', ...variables }
    const client = createCkanClient({ url: addresses.CKAN_URL, concurrency: 1, timeoutMs: 5000, fetch: answer })
    const checks = ckanChecks({ client, token: 'token', settings: readSettings(new SettingsReader(env)) })
    return checks.find(({ name }) => name === 'loader')?.run()
  }

  it('says that each load fails, unless a public host serves the files', async () => {
    expect(await load()).toMatchObject({ state: 'wrong', found: expect.stringContaining('each of their loads fails') })
    expect(await load({ PUBLIC_BUCKET_URL: 'https://files.example.org' })).toMatchObject({ state: 'right' })
  })
})
