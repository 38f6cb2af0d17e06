import { describe, expect, it } from 'vitest'
import { readGatewayConfig, readLinkerConfig, settingNames } from '../src/index.ts'

const ENV = {
  CKAN_URL: 'https://ckan.example.org/',
  CKAN_API_TOKEN: 'service-token',
  GATEWAY_URL: 'https://data.example.org',
  BUCKET_NAME: 'open-data',
  STORAGE_URL: 'https://portalfiles.blob.core.windows.net/',
}
const UNRESOLVED = '@Microsoft.KeyVault(VaultName=portal;SecretName=ckan-token)'

describe('the configuration of a function app', () => {
  it("reads the app's settings; without an account key its identity is used", () => {
    expect(readLinkerConfig(ENV)).toMatchObject({
      settings: { ckanUrl: 'https://ckan.example.org', bucket: 'open-data' },
      ckanToken: 'service-token',
      storage: { url: 'https://portalfiles.blob.core.windows.net' },
    })
    expect(readLinkerConfig({ ...ENV, AZURE_CLIENT_ID: 'client' }).storage).toEqual({
      url: 'https://portalfiles.blob.core.windows.net',
      clientId: 'client',
    })
    expect(readLinkerConfig({ ...ENV, STORAGE_ACCOUNT_KEY: 'a2V5' }).storage).toMatchObject({ accountKey: 'a2V5' })
  })

  it.each([
    ['https://files.example.org', undefined, 'does not name the account'],
    ['http://portalfiles.blob.core.windows.net', undefined, 'expose the identity'],
    ['ftp://portalfiles.blob.core.windows.net', undefined, 'give an http or https address'],
    ['https://portalfiles.blob.core.windows.net?sv=1', undefined, 'without query'],
  ])('refuses the endpoint %s', (url, key, words) => {
    const env = { ...ENV, STORAGE_URL: url, STORAGE_ACCOUNT_KEY: key }
    expect(() => readLinkerConfig(env)).toThrow(expect.objectContaining({ faults: [expect.stringContaining(words)] }))
  })

  it('accepts http for an emulator endpoint with an account key', () => {
    const url = 'http://127.0.0.1:10000/devstoreaccount1'
    expect(readLinkerConfig({ ...ENV, STORAGE_URL: url, STORAGE_ACCOUNT_KEY: 'a2V5' }).storage.url).toBe(url)
  })

  it.each(['CKAN_API_TOKEN', 'STORAGE_ACCOUNT_KEY'])(
    'says when %s is a reference that Azure could not resolve',
    (name) => {
      expect(() => readLinkerConfig({ ...ENV, [name]: UNRESOLVED })).toThrow(
        `${name} is a Key Vault reference that Azure could not resolve`,
      )
    },
  )

  it('reports all faults together', () => {
    const faults = ['CKAN_URL', 'CKAN_API_TOKEN', 'GATEWAY_URL', 'BUCKET_NAME', 'STORAGE_URL']
    expect(() => readLinkerConfig({})).toThrow(
      expect.objectContaining({
        faults: expect.arrayContaining(faults.map((name) => expect.stringContaining(`${name} is`))),
      }),
    )
  })

  it('never shows a secret', () => {
    const env = { ...ENV, STORAGE_ACCOUNT_KEY: 'storage-secret', CKAN_URL: 'nowhere' }
    expect(() => readLinkerConfig(env)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/service-token|storage-secret/u) }),
    )
  })

  it('of the gateway contains no CKAN token', () => {
    const { CKAN_API_TOKEN: _, ...env } = ENV
    expect(Object.keys(readGatewayConfig(env))).toEqual(['settings', 'storage', 'eventQueueUrl', 'grantSecrets'])
  })

  it('of the gateway has the secrets of the plugin, if the site has the plugin and Azure has resolved them', () => {
    const secrets = ['c0'.repeat(32), 'd1'.repeat(32)]
    expect(readGatewayConfig(ENV).grantSecrets).toEqual([])
    expect(readGatewayConfig({ ...ENV, GRANT_SECRETS: secrets.join(', ') }).grantSecrets).toEqual(secrets)
    expect(() => readGatewayConfig({ ...ENV, GRANT_SECRETS: UNRESOLVED })).toThrow(
      'GRANT_SECRETS is a Key Vault reference that Azure could not resolve',
    )
  })

  it('names its settings without an environment', () => {
    const [gateway, linker] = [settingNames('gateway'), settingNames('linker')]
    expect(linker).toEqual(
      expect.arrayContaining(['CKAN_URL', 'CKAN_API_TOKEN', 'STORAGE_URL', 'STORAGE_ACCOUNT_KEY', 'AZURE_CLIENT_ID']),
    )
    expect(gateway).not.toContain('CKAN_API_TOKEN')
    for (const names of [gateway, linker]) expect(new Set(names).size).toBe(names.length)
  })
})
