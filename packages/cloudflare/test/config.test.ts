import { describe, expect, it } from 'vitest'
import { readConfig, settingNames } from '../src/index.ts'

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

describe('readConfig', () => {
  it('reads variables, secrets and the bucket binding', () => {
    const config = readConfig(ENV)
    expect(config).toMatchObject({
      settings: { ckanUrl: 'https://ckan.example.org', bucket: 'open-data' },
      ckanToken: 'service-token',
      signing: { accessKeyId: 'key-id', secretAccessKey: 'key-secret' },
      maxRetries: 100,
    })
    expect(config.bucket).toBe(BUCKET)
  })

  it("derives the S3 endpoint from the account unless it is given, as a jurisdiction's is", () => {
    expect(readConfig(ENV).signing.endpoint).toBe('https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com')
    expect(readConfig({ ...ENV, R2_S3_ENDPOINT: 'https://x.eu.r2.cloudflarestorage.com/' }).signing.endpoint).toBe(
      'https://x.eu.r2.cloudflarestorage.com',
    )
  })

  it('tells every fault at once', () => {
    const faults = [
      'CKAN_URL',
      'CKAN_API_TOKEN',
      'GATEWAY_URL',
      'BUCKET_NAME',
      'R2_ACCOUNT_ID',
      'R2_ACCESS_KEY_ID',
      'R2_SECRET_ACCESS_KEY',
      'MAX_RETRIES',
      'BUCKET',
    ]
    const env = { MAX_RETRIES: '101' }
    expect(() => readConfig(env)).toThrow(
      expect.objectContaining({
        faults: expect.arrayContaining(faults.map((name) => expect.stringContaining(`${name} is`))),
      }),
    )
  })

  it('never repeats a secret', () => {
    expect(() => readConfig({ ...ENV, CKAN_URL: 'nowhere' })).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/service-token|key-secret/u) }),
    )
  })

  it('can name its settings without an environment', () => {
    expect(settingNames()).toEqual(
      expect.arrayContaining([
        'CKAN_URL',
        'CKAN_API_TOKEN',
        'R2_S3_ENDPOINT',
        'R2_ACCOUNT_ID',
        'MAX_RETRIES',
        'KEY_PREFIX',
      ]),
    )
    expect(new Set(settingNames()).size).toBe(settingNames().length)
  })
})
