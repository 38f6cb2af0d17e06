import { type Clock, NotAllowedError } from '@ckan-uplink/core'
import { isObject, parseJson, sha256Hex } from '@ckan-uplink/core/support'
import * as v from 'valibot'

/** CKAN's own tokens are JWTs with HS256 too. Only the type tells a grant from a token. */
const TYPE = 'uplink+jwt'
const MAX_LENGTH = 2048
const MAX_LIFETIME_SECONDS = 300
const MAX_SKEW_SECONDS = 30

const header = v.strictObject({ alg: v.literal('HS256'), typ: v.literal(TYPE), kid: v.string() })
const seconds = v.pipe(v.number(), v.integer(), v.minValue(0))
const text = v.pipe(v.string(), v.maxLength(200))
const claims = v.strictObject({
  aud: text,
  iat: seconds,
  exp: seconds,
  /** The name of the CKAN user. Empty for an anonymous reader. */
  sub: text,
  scope: v.literal('read'),
  resource: text,
  /** Absent for a plain key. */
  upload: v.optional(text),
  version: text,
})

/** What CKAN's plugin states in a grant: this user may read this version of this upload of this resource. */
type Grant = v.InferOutput<typeof claims>

/** Verifies a grant. Throws `NotAllowedError` with the reason. */
export type VerifyGrant = (grant: string) => Promise<Grant>

/** Whether a text has the form of a grant, valid or not. */
export function isGrant(text: string): boolean {
  const said = parseJson(decode(text.split('.', 1)[0] ?? '') ?? '')
  const type = isObject(said) ? said['typ'] : undefined
  return typeof type === 'string' && type.toLowerCase().replace(/^application\//u, '') === TYPE
}

/**
 * Verifies grants for this gateway with the secrets that CKAN and the gateway share. Verification is a few lines on
 * WebCrypto: the library `jose` would add 14 kB for algorithms that a grant must not have.
 */
export function createVerifyGrant(
  { gatewayUrl }: { readonly gatewayUrl: string },
  clock: Pick<Clock, 'now'>,
  secrets: () => Promise<readonly string[]>,
): VerifyGrant {
  return async (grant) => {
    const parts = grant.length > MAX_LENGTH ? [] : grant.split('.')
    const [head = '', body = '', signature = ''] = parts
    const said = v.safeParse(header, parseJson(decode(head) ?? ''))
    if (parts.length !== 3 || !said.success) throw refusal('It is not a grant of CKAN.')
    const secret = await secretOf(said.output.kid, await secrets())
    if (secret === undefined) throw refusal('It is signed with a secret that the gateway does not know.')
    if (!(await isSigned(`${head}.${body}`, signature, secret))) throw refusal('Its signature is wrong.')
    const stated = v.safeParse(claims, parseJson(decode(body) ?? ''))
    if (!stated.success) throw refusal('Its statements are incomplete or unknown.')
    checkTimes(stated.output, clock.now().getTime() / 1000)
    if (stated.output.aud !== gatewayUrl) throw refusal('It is for another gateway.')
    return stated.output
  }
}

function checkTimes({ iat, exp }: Grant, now: number): void {
  if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) throw refusal('It is valid for too long.')
  if (iat > now + MAX_SKEW_SECONDS)
    throw refusal('It is from the future: compare the clock of CKAN with the true time.')
  if (exp <= now - MAX_SKEW_SECONDS) throw refusal('It has expired.')
}

function refusal(reason: string): NotAllowedError {
  return new NotAllowedError(`The grant in this address is not valid. ${reason} Open the file from its page in CKAN.`)
}

/** The id of a secret follows from the secret, so that a rotation needs no other setting. */
async function secretOf(keyId: string, secrets: readonly string[]): Promise<string | undefined> {
  const ids = await Promise.all(secrets.map(keyIdOf))
  return secrets[ids.indexOf(keyId)]
}

async function keyIdOf(secret: string): Promise<string> {
  return (await sha256Hex(`uplink grant key ${secret}`)).slice(0, 16)
}

async function isSigned(signed: string, signature: string, secret: string): Promise<boolean> {
  const bytes = bytesOf(signature)
  if (bytes === undefined) return false
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const encoder = new TextEncoder()
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['verify'])
  return crypto.subtle.verify('HMAC', key, bytes, encoder.encode(signed))
}

function decode(text: string): string | undefined {
  const bytes = bytesOf(text)
  return bytes && new TextDecoder().decode(bytes)
}

/** Reads base64url without padding. `undefined` for any other text. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length > MAX_LENGTH || !/^[\w-]*$/u.test(text) || text.length % 4 === 1) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
