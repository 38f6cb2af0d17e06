import { type Clock, NotAllowedError } from '@ckan-uplink/core'
import { isObject, parseJson, sha256Hex } from '@ckan-uplink/core/support'
import * as v from 'valibot'

/** CKAN's own tokens are JWTs with HS256 too. Only the type tells a grant from a token. */
const TYPE = 'uplink+jwt'
/** A grant for an upload holds the URL that CKAN shows. */
const MAX_LENGTH = 4096
const MAX_LIFETIME_SECONDS = 300
const MAX_SKEW_SECONDS = 30

const header = v.strictObject({ alg: v.literal('HS256'), typ: v.literal(TYPE), kid: v.string() })
const seconds = v.pipe(v.number(), v.integer(), v.minValue(0))
const text = v.pipe(v.string(), v.maxLength(200))
const times = {
  aud: text,
  iat: seconds,
  exp: seconds,
  /** The name of the CKAN user. Empty for an anonymous reader. */
  sub: text,
}
const common = { ...times, resource: text }
const readClaims = v.strictObject({
  ...common,
  scope: v.literal('read'),
  /** Absent for a plain key. */
  upload: v.optional(text),
  version: text,
})
/** The resource as CKAN shows it to this user, who may update it. */
const shown = {
  ...common,
  uid: v.pipe(text, v.minLength(1)),
  dataset: text,
  owner_org: v.optional(text),
  url: v.pipe(v.string(), v.maxLength(2000)),
  last_modified: v.nullable(text),
  format: text,
}
const uploadClaims = v.variant('scope', [
  /** `is_new`: CKAN does not have the resource yet. */
  v.strictObject({ ...shown, scope: v.literal('upload'), is_new: v.optional(v.literal(true)) }),
  /** For this upload, after CKAN has saved the form of the resource. */
  v.strictObject({ ...shown, scope: v.literal('complete'), upload: text }),
  /** About files that wait: to list those of the dataset or of the resource, or to refuse the upload. */
  v.strictObject({
    ...times,
    scope: v.literal('decide'),
    uid: shown.uid,
    dataset: text,
    resource: v.optional(text),
    upload: v.optional(text),
  }),
  /** To accept the upload for this resource, which CKAN has. */
  v.strictObject({ ...shown, scope: v.literal('accept'), upload: text }),
  /** To list the earlier files of this resource, and to open them. */
  v.strictObject({ ...shown, scope: v.literal('versions') }),
  /** To show the file of this upload again. */
  v.strictObject({ ...shown, scope: v.literal('restore'), upload: text }),
])

/** What CKAN's plugin states in a grant: this user may read this version of this upload of this resource. */
export type ReadGrant = v.InferOutput<typeof readClaims>

/** What CKAN's plugin states about the caller of an action. */
export type ActionGrant = v.InferOutput<typeof uploadClaims>

/** What CKAN's plugin states in a grant: this user may send a file to this resource. */
export type UploadGrant = Extract<ActionGrant, { readonly scope: 'upload' | 'complete' }>

/**
 * What CKAN's plugin states for a person who decides about files that wait. It sends the statement itself, server to
 * server: no browser gets one.
 */
export type Decision = Extract<ActionGrant, { readonly scope: 'decide' | 'accept' }>

/** What CKAN's plugin states, in the same way, for a person who looks at earlier files or restores one. */
export type VersionsGrant = Extract<ActionGrant, { readonly scope: 'versions' | 'restore' }>

/** Grants for one purpose, and the words for an invalid grant. */
interface Purpose<Claims> {
  readonly claims: Claims
  readonly subject: string
  readonly advice: string
}

export const READING: Purpose<typeof readClaims> = {
  claims: readClaims,
  subject: 'The grant in this address',
  advice: 'Open the file from its page in CKAN.',
}
export const UPLOADING: Purpose<typeof uploadClaims> = {
  claims: uploadClaims,
  subject: 'This grant',
  advice: 'Ask CKAN for a new grant.',
}

/** Throws `NotAllowedError` with the reason. */
type VerifyGrant<Claims> = (grant: string) => Promise<Claims>

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
export function createVerifyGrant<Claims extends typeof readClaims | typeof uploadClaims>(
  { gatewayUrl }: { readonly gatewayUrl: string },
  clock: Pick<Clock, 'now'>,
  secrets: () => Promise<readonly string[]>,
  { claims, subject, advice }: Purpose<Claims>,
): VerifyGrant<v.InferOutput<Claims>> {
  const refusal = (reason: string) => new NotAllowedError(`${subject} is not valid. ${reason} ${advice}`)
  return async (grant) => {
    const opened = await open(grant, await secrets())
    if (typeof opened === 'string') throw refusal(opened)
    const stated = v.safeParse(claims, opened.said)
    if (!stated.success) throw refusal('Its statements are incomplete or unknown.')
    const fault = faultOfTimes(stated.output, clock.now().getTime() / 1000)
    if (fault !== undefined) throw refusal(fault)
    if (stated.output.aud !== gatewayUrl) throw refusal('It is for another gateway.')
    return stated.output
  }
}

/** What a grant says, once its signature is proven, or why it cannot be trusted. */
async function open(grant: string, secrets: readonly string[]): Promise<{ readonly said: unknown } | string> {
  const parts = grant.length > MAX_LENGTH ? [] : grant.split('.')
  const [head = '', body = '', signature = ''] = parts
  const stated = v.safeParse(header, parseJson(decode(head) ?? ''))
  if (parts.length !== 3 || !stated.success) return 'It is not a grant of CKAN.'
  const secret = await secretOf(stated.output.kid, secrets)
  if (secret === undefined) return 'It is signed with a secret that the gateway does not know.'
  const isProven = await isSigned(`${head}.${body}`, signature, secret)
  return isProven ? { said: parseJson(decode(body) ?? '') } : 'Its signature is wrong.'
}

function faultOfTimes({ iat, exp }: { readonly iat: number; readonly exp: number }, now: number): string | undefined {
  if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) return 'It is valid for too long.'
  if (iat > now + MAX_SKEW_SECONDS) return 'It is from the future: compare the clock of CKAN with the true time.'
  return exp <= now - MAX_SKEW_SECONDS ? 'It has expired.' : undefined
}

/** The id of a secret follows from the secret, so that a rotation needs no other setting. */
async function secretOf(keyId: string, secrets: readonly string[]): Promise<string | undefined> {
  const ids = await Promise.all(secrets.map(keyIdOf))
  return secrets[ids.indexOf(keyId)]
}

export async function keyIdOf(secret: string): Promise<string> {
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
