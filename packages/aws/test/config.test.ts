import { describe, expect, it } from 'vitest'
import { readGatewayConfig, readLinkerConfig, settingNames } from '../src/index.ts'

const ENV = {
  CKAN_URL: 'https://ckan.example.org/',
  GATEWAY_URL: 'https://data.example.org',
  BUCKET_NAME: 'open-data',
  CKAN_TOKEN_SECRET: 'ckan-uplink/token',
  QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/000000000000/uploads',
}

describe('the configuration of a function', () => {
  it('of the linker has the name of the secret and the queue', () => {
    expect(readLinkerConfig(ENV)).toMatchObject({
      settings: { ckanUrl: 'https://ckan.example.org', bucket: 'open-data' },
      tokenSecret: 'ckan-uplink/token',
      queueUrl: ENV.QUEUE_URL,
      maxReceives: 100,
    })
  })

  it('of the gateway contains only the settings', () => {
    const { CKAN_URL, GATEWAY_URL, BUCKET_NAME } = ENV
    expect(Object.keys(readGatewayConfig({ CKAN_URL, GATEWAY_URL, BUCKET_NAME }))).toEqual([
      'settings',
      'eventQueueUrl',
    ])
  })

  it('of the gateway has the name of the secret of the plugin, if the site has the plugin', () => {
    expect(readGatewayConfig({ ...ENV, GRANT_SECRET: 'ckan-uplink/grants' }).grantSecret).toBe('ckan-uplink/grants')
  })

  it('reports all faults together', () => {
    const faults = ['CKAN_URL', 'GATEWAY_URL', 'BUCKET_NAME', 'CKAN_TOKEN_SECRET', 'QUEUE_URL', 'MAX_RECEIVES']
    expect(() => readLinkerConfig({ MAX_RECEIVES: '0' })).toThrow(
      expect.objectContaining({
        faults: expect.arrayContaining(faults.map((name) => expect.stringContaining(`${name} is`))),
      }),
    )
  })

  it.each(['0', '1001', 'many'])('refuses %s as the number of receives', (MAX_RECEIVES) => {
    expect(() => readLinkerConfig({ ...ENV, MAX_RECEIVES })).toThrow('MAX_RECEIVES is')
  })

  it('names its settings without an environment', () => {
    const [gateway, linker] = [settingNames('gateway'), settingNames('linker')]
    expect(linker).toEqual(
      expect.arrayContaining(['CKAN_URL', 'CKAN_TOKEN_SECRET', 'QUEUE_URL', 'MAX_RECEIVES', 'KEY_PREFIX']),
    )
    expect(gateway).not.toContain('CKAN_TOKEN_SECRET')
    for (const names of [gateway, linker]) expect(new Set(names).size).toBe(names.length)
  })
})
