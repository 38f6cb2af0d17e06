import { describe, expect, it } from 'vitest'
import { readGatewayConfig, readLinkerConfig, settingNames } from '../src/index.ts'

const BUCKET = { head: async () => null }
const ENV = {
  BUCKET,
  CKAN_URL: 'https://ckan.example.org/',
  CKAN_API_TOKEN: 'service-token',
  GATEWAY_URL: 'https://data.example.org',
  BUCKET_NAME: 'open-data',
  R2_ACCOUNT_ID: '0123456789abcdef0123456789abcdef',
  R2_ACCESS_KEY_ID: 'key-id',
  R2_SECRET_ACCESS_KEY: 'key-secret',
}

describe('the configuration of a Worker', () => {
  it('of the gateway contains the settings, the bucket and the signing keys, but no CKAN token', () => {
    const config = readGatewayConfig(ENV)
    expect(config).toMatchObject({
      settings: { ckanUrl: 'https://ckan.example.org', bucket: 'open-data' },
      signing: { accessKeyId: 'key-id', secretAccessKey: 'key-secret' },
    })
    expect(config.bucket).toBe(BUCKET)
    expect(JSON.stringify(config)).not.toContain('service-token')
  })

  it('of the gateway has the secrets of the plugin, if the site has the plugin', () => {
    const secret = 'c0'.repeat(32)
    expect(readGatewayConfig(ENV).grantSecrets).toEqual([])
    expect(readGatewayConfig({ ...ENV, GRANT_SECRETS: secret }).grantSecrets).toEqual([secret])
  })

  it('of the linker contains the settings, the bucket and the token, but no signing keys', () => {
    const config = readLinkerConfig(ENV)
    expect(config).toMatchObject({ settings: { bucket: 'open-data' }, ckanToken: 'service-token', maxRetries: 100 })
    expect(config.bucket).toBe(BUCKET)
    expect(JSON.stringify(config)).not.toContain('key-secret')
  })

  it.each([readGatewayConfig, readLinkerConfig])('refuses a scanner that R2 does not have (%o)', (read) => {
    expect(() => read({ ...ENV, SCANNER: 'platform' })).toThrow(/SCANNER is platform, but R2 does not scan objects/u)
    expect(read({ ...ENV, SCANNER: 'clamav' }).settings.scanner).toBe('clamav')
  })

  it('derives the S3 endpoint from the account unless an endpoint is given, for example of a jurisdiction', () => {
    const endpointOf = (env: object) => readGatewayConfig({ ...ENV, ...env }).signing.endpoint
    expect(endpointOf({})).toBe('https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com')
    const R2_S3_ENDPOINT = 'https://x.eu.r2.cloudflarestorage.com/'
    expect(endpointOf({ R2_S3_ENDPOINT })).toBe('https://x.eu.r2.cloudflarestorage.com')
  })

  it.each([
    ['gateway', readGatewayConfig, ['R2_ACCOUNT_ID', 'R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY']],
    ['linker', readLinkerConfig, ['CKAN_API_TOKEN', 'MAX_RETRIES']],
  ] as const)('reports all faults of the %s together', (_, read, own) => {
    const faults = ['CKAN_URL', 'GATEWAY_URL', 'BUCKET_NAME', 'BUCKET', ...own]
    expect(() => read({ MAX_RETRIES: '101' })).toThrow(
      expect.objectContaining({
        faults: expect.arrayContaining(
          faults.map((name) =>
            expect.stringMatching(new RegExp(`(?:${name}|${name} and R2_S3_ENDPOINT) (?:is|are)`, 'u')),
          ),
        ),
      }),
    )
  })

  it.each([
    ['gateway', readGatewayConfig],
    ['linker', readLinkerConfig],
  ] as const)('never shows a secret of the %s', (_, read) => {
    expect(() => read({ ...ENV, CKAN_URL: 'nowhere' })).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/service-token|key-secret/u) }),
    )
  })

  it.each([
    ['gateway', ['R2_S3_ENDPOINT', 'R2_ACCOUNT_ID'], 'CKAN_API_TOKEN'],
    ['linker', ['CKAN_API_TOKEN', 'MAX_RETRIES'], 'R2_SECRET_ACCESS_KEY'],
  ] as const)('names the settings of the %s without an environment', (program, own, foreign) => {
    const names = settingNames(program)
    expect(names).toEqual(expect.arrayContaining(['CKAN_URL', 'KEY_PREFIX', ...own]))
    expect(names).not.toContain(foreign)
    expect(new Set(names).size).toBe(names.length)
  })
})
