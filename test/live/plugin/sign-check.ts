import { createHash, createHmac } from 'node:crypto'

/** Signs a question as the gateway asks it. A claim with the value `undefined` is left out. */
export function signCheck(secret: string, gateway: string, claims: object, typ = 'uplink-check+jwt'): string {
  const now = Math.floor(Date.now() / 1000)
  const kid = createHash('sha256').update(`uplink grant key ${secret}`).digest('hex').slice(0, 16)
  const head = encode({ alg: 'HS256', kid, typ })
  const body = encode({ iss: gateway, iat: now, exp: now + 60, ...claims })
  return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
