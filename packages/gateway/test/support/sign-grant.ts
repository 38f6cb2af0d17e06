import { createHash, createHmac } from 'node:crypto'
import { GATEWAY, PRIVATE_ID } from './gateway-fixture.ts'

/** The secret of every grant below, unless a test names another one. */
export const GRANT_SECRET = '5d9f0c1e7a3b48d2965ec07f1b2a8d4493e6c57a0f1d82b3c4e5968770a1b2c3'
export const OTHER_SECRET = 'b1'.repeat(32)
/** When the fixture's clock stands. */
const NOW = Date.parse('2026-01-31T11:00:00.000Z') / 1000

interface Parts {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly secret?: string
}

/** Signs a grant to read as CKAN's plugin does; a part with the value `undefined` is left out. */
export function signGrant({ claims, header, secret = GRANT_SECRET }: Parts = {}): string {
  const kid = createHash('sha256').update(`uplink grant key ${secret}`).digest('hex').slice(0, 16)
  const head = encode({ alg: 'HS256', kid, typ: 'uplink+jwt', ...header })
  const times = { iat: NOW, exp: NOW + 300 }
  const body = encode({ aud: GATEWAY, ...times, sub: 'emma', scope: 'read', resource: PRIVATE_ID, ...claims })
  const signature = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')
  return `${head}.${body}.${signature}`
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
