import { describe, expect, it } from 'vitest'
import { parseGrantSecrets, readFrom, readGrantSecrets } from '../../src/settings/index.ts'

const HEX = 'c0'.repeat(32)
const BASE64 = '4f0TtJt5Fq0w3cPpQJ8b6V6nq0v7YyJm0m0z2uQ1xk8='
const read = (GRANT_SECRETS: string) =>
  readFrom({ GRANT_SECRETS }, (reader) => readGrantSecrets(reader, 'GRANT_SECRETS'))
const parse = (text: string) => parseGrantSecrets(text, 'The secret grants')

describe('the secrets for grants', () => {
  it.each([
    ['as openssl prints hex', HEX, [HEX]],
    ['as openssl prints base64', BASE64, [BASE64]],
    ['during a rotation', `${HEX}, ${BASE64}`, [HEX, BASE64]],
  ])('are read %s', (_, text, secrets) => {
    expect([read(text), parse(text)]).toEqual([secrets, secrets])
  })

  it('are absent without the plugin', () => {
    expect(read('')).toEqual([])
  })

  it.each([
    ['too short', 'correct horse battery staple'],
    ['hex of 248 bits', HEX.slice(2)],
    ['base64 of 248 bits', BASE64.slice(0, 42)],
    ['more than a secret', `{"secret":"${HEX}"}`],
    ['three', [HEX, BASE64, HEX].join(',')],
    ['partly too short', `${HEX},short`],
  ])('are refused without being shown if they are %s', (_, text) => {
    for (const attempt of [read, parse]) {
      expect(() => attempt(text)).toThrow('holds no secrets for grants')
      expect(() => attempt(text)).not.toThrow(text)
    }
  })

  it('are missing where a vault holds an empty secret', () => {
    expect(() => parse('')).toThrow('holds no secrets')
  })
})
