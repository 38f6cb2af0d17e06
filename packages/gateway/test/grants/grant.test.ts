import { describe, expect, it } from 'vitest'
import { createVerifyGrant, isGrant, READING } from '../../src/grants/grant.ts'
import { GATEWAY, PRIVATE_ID } from '../support/gateway-fixture.ts'
import { GRANT_SECRET, OTHER_SECRET, signGrant } from '../support/sign-grant.ts'

const AT = '2026-01-31T11:00:00.000Z'
const START = Date.parse(AT) / 1000
const STATED = {
  aud: GATEWAY,
  iat: START,
  exp: START + 300,
  sub: 'emma',
  scope: 'read',
  resource: PRIVATE_ID,
  upload: '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22',
  version: '0123456789abcdef',
}
const { upload, version } = STATED

/** Made by PyJWT 2.13, as in CKAN's plugin, with GRANT_SECRET. */
const BY_PYJWT =
  'eyJhbGciOiJIUzI1NiIsImtpZCI6IjhiMWRmNmVjNTM5ZjliODkiLCJ0eXAiOiJ1cGxpbmsrand0In0.eyJhdWQiOiJodHRwczovL3VwbG9hZHMuZXhhbXBsZS5vcmciLCJpYXQiOjE3Njk4NTcyMDAsImV4cCI6MTc2OTg1NzUwMCwic3ViIjoiZW1tYSIsInNjb3BlIjoicmVhZCIsInJlc291cmNlIjoiN2EwZDJiNmMtOWIxZi00ZTUzLThjMmQtNWUxYTdiOWMwZDIyIiwidXBsb2FkIjoiMDE5YWIyYzQtN2QxMC03YzNlLThhNTUtMGQ5ZTRiNmYxYzIyIiwidmVyc2lvbiI6IjAxMjM0NTY3ODlhYmNkZWYifQ.gbKkEGqnq3OH9a1o-JNyKLph_-pmdVdmzJu-t7vNBCI'
/** Made by PyJWT as CKAN makes its API tokens, even with the same secret. */
const TOKEN_OF_CKAN =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJqdGkiOiJhQ2thblRva2VuSWQwMTIzNDU2Nzg5IiwiaWF0IjoxNzY5ODU3MjAwfQ.42WNYSeSSeT1-9yB5Z5QrDMc5hEkE9RBFPYZ_Vw816A'

function verify(grant: string, { secrets = [GRANT_SECRET], at = AT }: { secrets?: string[]; at?: string } = {}) {
  return createVerifyGrant({ gatewayUrl: GATEWAY }, { now: () => new Date(at) }, async () => secrets, READING)(grant)
}

describe('a grant', () => {
  it('is accepted as PyJWT makes it', async () => {
    expect(await verify(BY_PYJWT)).toEqual(STATED)
  })

  it('may be signed with either of two secrets during a rotation', async () => {
    const secrets = [OTHER_SECRET, GRANT_SECRET]
    for (const secret of secrets)
      expect(await verify(signGrant({ secret, claims: { upload, version } }), { secrets })).toEqual(STATED)
  })

  it('may name no upload, for a plain key', async () => {
    expect(await verify(signGrant({ claims: { version } }))).not.toHaveProperty('upload')
  })

  it.each([
    ['30 s before its time, since clocks differ', '2026-01-31T10:59:30.000Z'],
    ['29 s after its end', '2026-01-31T11:05:29.000Z'],
  ])('is accepted %s', async (_, at) => {
    expect(await verify(BY_PYJWT, { at })).toEqual(STATED)
  })

  const signed = signGrant({ claims: { version } })
  const [head = '', body = '', signature = ''] = signed.split('.')
  it.each<[string, string, RegExp]>([
    ['has no signature', `${head}.${body}.`, /signature is wrong/u],
    [
      'has a changed signature',
      `${head}.${body}.${signature.replace(/^./u, (c) => (c === 'A' ? 'B' : 'A'))}`,
      /wrong/u,
    ],
    ['has other statements than signed', `${head}.${BY_PYJWT.split('.')[1]}.${signature}`, /signature is wrong/u],
    ['has two parts', `${head}.${body}`, /not a grant/u],
    ['has four parts', `${signed}.${signature}`, /not a grant/u],
    ['is empty', '', /not a grant/u],
    ['is no JWT', '~'.repeat(100), /not a grant/u],
    ['is too long', signGrant({ claims: { version, upload: 'a'.repeat(4000) } }), /not a grant/u],
    ["is CKAN's own token", TOKEN_OF_CKAN, /not a grant/u],
    ['names no algorithm', signGrant({ header: { alg: 'none' }, claims: { version } }), /not a grant/u],
    ['names another algorithm', signGrant({ header: { alg: 'HS512' }, claims: { version } }), /not a grant/u],
    ['has the type of a token', signGrant({ header: { typ: 'JWT' }, claims: { version } }), /not a grant/u],
    ['has more in its header', signGrant({ header: { jwk: {} }, claims: { version } }), /not a grant/u],
    ['has another secret', signGrant({ secret: OTHER_SECRET, claims: { version } }), /does not know/u],
    ['has another secret and this id', signGrant({ secret: OTHER_SECRET, header: headerOf(signed) }), /signature/u],
    [
      'is for another gateway',
      signGrant({ claims: { version, aud: 'https://other.example.org' } }),
      /another gateway/u,
    ],
    ['has another scope', signGrant({ claims: { version, scope: 'upload' } }), /incomplete or unknown/u],
    ['has two scopes', signGrant({ claims: { version, scope: ['read', 'load'] } }), /incomplete or unknown/u],
    ['names no version', signGrant(), /incomplete or unknown/u],
    ['states more', signGrant({ claims: { version, admin: true } }), /incomplete or unknown/u],
    ['is valid for six minutes', signGrant({ claims: { version, exp: START + 360 } }), /for too long/u],
    ['has no end', signGrant({ claims: { version, exp: undefined } }), /incomplete or unknown/u],
    ['ends before it begins', signGrant({ claims: { version, exp: START - 1 } }), /for too long/u],
    ['has a text as its end', signGrant({ claims: { version, exp: `${START + 300}` } }), /incomplete or unknown/u],
    ['is a minute ahead', signGrant({ claims: { version, iat: START + 60, exp: START + 360 } }), /from the future/u],
    ['has expired', signGrant({ claims: { version, iat: START - 400, exp: START - 100 } }), /has expired/u],
  ])('is refused if it %s', async (_, grant, reason) => {
    await expect(verify(grant)).rejects.toThrow(reason)
  })

  it('is told from a token of CKAN by its type, also if it is not valid', () => {
    const grants = [BY_PYJWT, signGrant({ header: { typ: 'application/UPLINK+JWT' } }), `${head}.x`]
    expect(grants.map(isGrant)).toEqual([true, true, true])
    const tokens = [
      TOKEN_OF_CKAN,
      'ea86a9c0-5a1c-4b5e-9d6a-0d8d2f6a1b11',
      '',
      '....',
      signGrant({ header: { typ: 1 } }),
    ]
    expect(tokens.map(isGrant)).toEqual([false, false, false, false, false])
  })
})

function headerOf(grant: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(grant.split('.', 1)[0] ?? '', 'base64url').toString())
}
