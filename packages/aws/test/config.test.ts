import { describe, expect, it } from 'vitest'
import { readConfig, settingNames } from '../src/index.ts'

const ENV = {
  CKAN_URL: 'https://ckan.example.org/',
  GATEWAY_URL: 'https://data.example.org',
  BUCKET_NAME: 'open-data',
  CKAN_TOKEN_SECRET: 'ckan-uplink/token',
  QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/000000000000/uploads',
}

describe('readConfig', () => {
  it('reads the variables of a function', () => {
    expect(readConfig(ENV)).toMatchObject({
      settings: { ckanUrl: 'https://ckan.example.org', bucket: 'open-data' },
      tokenSecret: 'ckan-uplink/token',
      queueUrl: ENV.QUEUE_URL,
      maxReceives: 100,
    })
  })

  it('tells every fault at once', () => {
    const faults = ['CKAN_URL', 'GATEWAY_URL', 'BUCKET_NAME', 'CKAN_TOKEN_SECRET', 'QUEUE_URL', 'MAX_RECEIVES']
    expect(() => readConfig({ MAX_RECEIVES: '0' })).toThrow(
      expect.objectContaining({
        faults: expect.arrayContaining(faults.map((name) => expect.stringContaining(`${name} is`))),
      }),
    )
  })

  it.each(['0', '1001', 'many'])('refuses %s as the number of receives', (MAX_RECEIVES) => {
    expect(() => readConfig({ ...ENV, MAX_RECEIVES })).toThrow('MAX_RECEIVES is')
  })

  it('can name its settings without an environment', () => {
    expect(settingNames()).toEqual(
      expect.arrayContaining(['CKAN_URL', 'CKAN_TOKEN_SECRET', 'QUEUE_URL', 'MAX_RECEIVES', 'KEY_PREFIX']),
    )
    expect(new Set(settingNames()).size).toBe(settingNames().length)
  })
})
