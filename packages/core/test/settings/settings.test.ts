import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/index.ts'
import { readSettings, type Settings, SettingsReader } from '../../src/settings/index.ts'
import { ENVIRONMENT } from '../support/fixtures.ts'

function read(env: Readonly<Record<string, unknown>>): Settings {
  const reader = new SettingsReader(env)
  const settings = readSettings(reader)
  reader.check()
  return settings
}

function faultsOf(env: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    read(env)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
    throw error
  }
  return []
}

describe('the settings', () => {
  it('need three values, and have defaults for the others', () => {
    expect(read(ENVIRONMENT)).toEqual({
      ckanUrl: 'https://ckan.example.org',
      ckanTokenHeader: 'Authorization',
      allowHttpCkan: false,
      gatewayUrl: 'https://up.example.org',
      bucket: 'files',
      keyPrefix: 'resources/api_uploads/',
      maxUploadBytes: 5 * 1024 ** 3,
      multipartAboveBytes: 100 * 1024 ** 2,
      allowedTypes: [],
      maxVerifyBytes: 256 * 1024 ** 2,
      maxImageBytes: 4 * 1024 ** 2,
      maxImageSide: 4096,
      allowSvg: false,
      urlExpiresInSeconds: 3600,
      maxOpenUploads: 10_000,
      requireUploadRecord: false,
      ckanConcurrency: 4,
      ckanTimeoutMs: 20_000,
      storeConcurrency: 6,
      removeUnlinkedAfterDays: 7,
      publicVersions: false,
      defaultViews: true,
      loadPrivate: false,
      passThrough: true,
      uploadLinks: false,
      anonymousDatasets: false,
      filestoreApi: false,
      allowedOrigins: [],
      requestsPerMinute: 600,
      rememberPermissionSeconds: 60,
      webhookUrls: [],
    })
  })

  it('refuse http for CKAN, except on this machine or with a setting for private networks', () => {
    for (const url of ['http://ckan.example.org', 'http://10.0.0.3:5000', 'http://localhost.example.org'])
      expect(faultsOf({ ...ENVIRONMENT, CKAN_URL: url })).toEqual([
        expect.stringMatching(/^CKAN_URL is .* set ALLOW_HTTP_CKAN to true/u),
      ])
    for (const url of ['http://127.0.0.1:5000', 'http://localhost', 'http://[::1]:5000', 'http://ckan.localhost'])
      expect(read({ ...ENVIRONMENT, CKAN_URL: url }).ckanUrl).toBe(url)
    expect(read({ ...ENVIRONMENT, CKAN_URL: 'http://ckan:5000', ALLOW_HTTP_CKAN: 'true' }).allowHttpCkan).toBe(true)
  })

  it.each(['X CKAN', 'X-CKAN:', 'Content-Type', 'x-forwarded-for'])('refuse %j as the header for tokens', (name) => {
    expect(faultsOf({ ...ENVIRONMENT, CKAN_TOKEN_HEADER: name })).toEqual([
      expect.stringContaining('CKAN_TOKEN_HEADER'),
    ])
  })

  it('report all faults together, each with its name', () => {
    const faults = faultsOf({
      GATEWAY_URL: 'ftp://x',
      URL_EXPIRES_SECONDS: '7200',
      PUBLIC_VERSIONS: 'yes',
      PASS_THROUGH: 'yes',
      LOADER: 'xl',
      KEY_PREFIX: '/',
      CKAN_CONCURRENCY: '1.5',
    })
    expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual(
      [
        'BUCKET_NAME',
        'CKAN_CONCURRENCY',
        'CKAN_URL',
        'GATEWAY_URL',
        'KEY_PREFIX',
        'LOADER',
        'PUBLIC_VERSIONS',
        'PASS_THROUGH',
        'URL_EXPIRES_SECONDS',
      ].sort(),
    )
    expect(() => read({})).toThrow(
      /3 fault\(s\)[\s\S]*CKAN_URL is missing[\s\S]*GATEWAY_URL is missing[\s\S]*BUCKET_NAME is missing/,
    )
  })

  it('remove a slash at the end of an address and spaces around a value', () => {
    expect(
      read({ ...ENVIRONMENT, CKAN_URL: ' https://ckan.example.org/portal// ', BUCKET_NAME: ' files ' }),
    ).toMatchObject({
      ckanUrl: 'https://ckan.example.org/portal',
      bucket: 'files',
    })
  })

  it('treat an empty value as missing', () => {
    expect(read({ ...ENVIRONMENT, LOADER: '', PUBLIC_BUCKET_URL: ' ', KEY_PREFIX: '' })).toEqual(read(ENVIRONMENT))
  })

  it('split lists at commas, media types in lower case', () => {
    const lists = {
      ALLOWED_TYPES: 'Text/CSV, ,application/json,',
      ALLOWED_ORIGINS: 'https://a.example.org, https://b.example.org',
    }
    expect(read({ ...ENVIRONMENT, ...lists })).toMatchObject({
      allowedTypes: ['text/csv', 'application/json'],
      allowedOrigins: ['https://a.example.org', 'https://b.example.org'],
    })
  })

  it('accept numbers and booleans, as a Worker receives them', () => {
    expect(
      read({ ...ENVIRONMENT, MAX_UPLOAD_BYTES: 1000, REQUIRE_UPLOAD_RECORD: true, PASS_THROUGH: false }),
    ).toMatchObject({
      maxUploadBytes: 1000,
      requireUploadRecord: true,
      passThrough: false,
    })
  })

  it.each(['xloader', 'datapusher'])('know the loader %s', (loader) =>
    expect(read({ ...ENVIRONMENT, LOADER: loader }).loader).toBe(loader),
  )

  it.each([
    'ckan.example.org',
    'ftp://ckan.example.org',
    'https://ckan.example.org?a=1',
    'https://ckan.example.org/?',
    'https://ckan.example.org/#',
    'https://',
  ])('refuse the address %s', (url) =>
    expect(faultsOf({ ...ENVIRONMENT, CKAN_URL: url })).toEqual([expect.stringContaining('CKAN_URL')]),
  )

  it.each(['https://user:geheim@ckan.example.org', 'https://:geheim@ckan.example.org'])(
    'refuse %s without showing its password',
    (url) => {
      const faults = faultsOf({ ...ENVIRONMENT, PUBLIC_BUCKET_URL: url })
      expect(faults).toEqual([expect.stringContaining('PUBLIC_BUCKET_URL')])
      expect(faults.join()).not.toContain('geheim')
    },
  )

  it.each(['0', '3601', '-1', '1e3', '12x', ' ', 'Infinity'].filter((value) => value.trim() !== ''))(
    'refuse %s seconds for a URL',
    (value) => {
      expect(faultsOf({ ...ENVIRONMENT, URL_EXPIRES_SECONDS: value })).toEqual([
        expect.stringContaining('from 1 to 3600'),
      ])
    },
  )

  it.each(['1', '3600'])('take %s seconds for a URL', (value) =>
    expect(read({ ...ENVIRONMENT, URL_EXPIRES_SECONDS: value }).urlExpiresInSeconds).toBe(Number(value)),
  )

  it('limit images to the size that every cloud can serve', () => {
    expect(faultsOf({ ...ENVIRONMENT, MAX_IMAGE_BYTES: '4194305' })).toEqual([
      expect.stringContaining('from 1 to 4194304'),
    ])
  })

  it.each(['0', '3651'])('refuse to remove files after %s days', (value) => {
    for (const name of ['REMOVE_REPLACED_AFTER_DAYS', 'REMOVE_UNLINKED_AFTER_DAYS'])
      expect(faultsOf({ ...ENVIRONMENT, [name]: value })).toEqual([expect.stringContaining('from 1 to 3650')])
  })

  it.each(['0', '1001'])('refuse to keep %s earlier files', (value) => {
    expect(faultsOf({ ...ENVIRONMENT, KEEP_VERSIONS: value })).toEqual([expect.stringContaining('from 1 to 1000')])
  })

  it('remember every name that was read', () => {
    const reader = new SettingsReader(ENVIRONMENT)
    readSettings(reader)
    expect(reader.names).toEqual(expect.arrayContaining(['CKAN_URL', 'KEY_PREFIX', 'LOADER', 'REQUIRE_UPLOAD_RECORD']))
    expect(new Set(reader.names).size).toBe(reader.names.length)
  })
})

describe('the key prefix', () => {
  // Notifications must not cover the linker's own records, by a prefix within uplink/ or around it. Two rules must not
  // cover one object.
  it.each([
    '/',
    'uplink/',
    'uplink/uploads/',
    'images/',
    'filestore/files/',
    'images/files/',
    'uplink',
    'upl',
    'a/../',
    '../',
    './',
    'a//b/',
    '/a/',
    'a',
    'a b/',
    'a%2F/',
    'ä/',
    'a*/',
    'a/\n'.concat('b/'),
  ])('cannot be %j', (prefix) =>
    expect(faultsOf({ ...ENVIRONMENT, KEY_PREFIX: prefix })).toEqual([expect.stringContaining('KEY_PREFIX')]),
  )

  it.each(['files/', 'resources/images/', 'a/b/c/', 'uplinks/', 'resources/uplink/', 'my_files-2/'])(
    'can be %j',
    (prefix) => {
      expect(read({ ...ENVIRONMENT, KEY_PREFIX: prefix }).keyPrefix).toBe(prefix)
      expect('uplink/uploads/x.json'.startsWith(prefix)).toBe(false)
    },
  )
})

describe('the former addresses', () => {
  it('are a list of addresses, each checked', () => {
    const FORMER_URLS = 'https://old.example.org/, https://cdn.example.org/files'
    expect(read({ ...ENVIRONMENT, FORMER_URLS }).formerUrls).toEqual([
      'https://old.example.org',
      'https://cdn.example.org/files',
    ])
    expect(faultsOf({ ...ENVIRONMENT, FORMER_URLS: 'https://old.example.org,elsewhere' })).toEqual([
      expect.stringMatching(/^FORMER_URLS is "elsewhere"/u),
    ])
  })
})
