import { keyIdOf } from '../grants/grant.ts'

/** A grant is not such a question, and no token of CKAN is. */
const TYPE = 'uplink-check+jwt'
const LIFETIME_SECONDS = 60

/** Signs a question for CKAN's plugin with HS256. */
export async function signCheck(secret: string, gatewayUrl: string, now: Date, asked: object): Promise<string> {
  const iat = Math.floor(now.getTime() / 1000)
  const claims = { iss: gatewayUrl, iat, exp: iat + LIFETIME_SECONDS, ...asked }
  const signed = `${encode({ alg: 'HS256', kid: await keyIdOf(secret), typ: TYPE })}.${encode(claims)}`
  const bytes = (text: string) => new TextEncoder().encode(text)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes(secret), algorithm, false, ['sign'])
  return `${signed}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(signed))))}`
}

function encode(value: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)))
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/u, '')
}
