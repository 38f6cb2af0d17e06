import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/index.ts'
import { parseWebhookSecrets, readFrom, readSettings, readWebhookSecrets } from '../../src/settings/index.ts'
import { ENVIRONMENT } from '../support/fixtures.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const urlsOf = (text: string) => readFrom({ ...ENVIRONMENT, WEBHOOK_URLS: text }, readSettings).webhookUrls

describe('WEBHOOK_URLS', () => {
  it('names hosts by https, with any path and query', () => {
    const urls = ['https://hooks.example.org/uploads/', 'https://a.example.org/?to=b']
    expect(urlsOf(urls.join(', '))).toEqual(urls)
  })

  it('may name this machine, for tests', () => {
    expect(urlsOf('http://127.0.0.1:9000/hook')).toEqual(['http://127.0.0.1:9000/hook'])
  })

  it.each([
    'http://hooks.example.org/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest',
    'https://[fd00::1]/',
    'https://0x0a000001/',
    'http://ckan.example.org.localhost.example.org/',
    'https://intranet/',
    'https://user:word@hooks.example.org/',
    'https://hooks.example.org/#a',
    'ftp://hooks.example.org/',
    'no-address',
  ])('may not be %s, and the fault does not repeat it', (url) => {
    const read = () => urlsOf(`https://hooks.example.org/, ${url}`)
    expect(read).toThrow('WEBHOOK_URLS has an address, number 2,')
    expect(read).not.toThrow(url)
  })

  it('has ten addresses at most', () => {
    expect(() => urlsOf(Array.from({ length: 11 }, (_, index) => `https://h${index}.example.org/`).join())).toThrow(
      '10',
    )
  })
})

describe('the secret of webhooks', () => {
  const read = (text: string, urls: readonly string[]) =>
    readFrom({ WEBHOOK_SECRETS: text }, (reader) => readWebhookSecrets(reader, 'WEBHOOK_SECRETS', urls))

  it('is one, or two during a rotation', () => {
    expect(read(`${SECRET}, ${SECRET}`, ['https://a.example.org/'])).toEqual([SECRET, SECRET])
    expect(parseWebhookSecrets(` ${SECRET}\n`, 'The secret')).toEqual([SECRET])
  })

  it('is not needed without receivers', () => {
    expect(read('', [])).toEqual([])
  })

  it.each(['', 'whsec_', 'whsec_short', `whsec_${'a'.repeat(33)}`, SECRET.slice(6), `${SECRET},${SECRET},${SECRET}`])(
    'is not %j',
    (text) => {
      expect(() => read(text, ['https://a.example.org/'])).toThrow(ConfigurationError)
      expect(() => parseWebhookSecrets(text, 'The secret')).toThrow('openssl rand')
    },
  )
})
