import { UplinkError } from '../errors.ts'
import type { ObjectStore, Resource } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { HOUR_MS } from '../support/units.ts'
import { UPLINK_PREFIX } from './keys.ts'
import { parseUrlOfResource } from './linked-url.ts'
import { fromTimeDigits, toTimeDigits } from './time-digits.ts'
import type { UploadRecord } from './upload-record.ts'

/** Below this prefix, each organization has the files `limits.json` and `used.json`, and a key per reservation. */
export const QUOTAS_PREFIX = `${UPLINK_PREFIX}quotas/`

/** Files and their bytes. */
export interface Amount {
  readonly bytes: number
  readonly files: number
}

/** An absent limit is the one of the settings; `null` means that there is none. */
export interface QuotaLimits {
  readonly bytes?: number | null
  readonly files?: number | null
}

/** What an organization has, and what it may have. */
export interface Quota {
  readonly limits: { readonly bytes: number | undefined; readonly files: number | undefined }
  /** As the last nightly count found. */
  readonly used: Amount & { readonly at: string | undefined }
  /** Reserved by uploads since that count. */
  readonly reserved: Amount
}

/** The facts about a resource that say what a new file replaces. */
type Replaceable = Pick<Resource, 'id' | 'url'> & { readonly size?: number | null }

/** The part of a record that says what an upload reserves. */
export type Reservation = NonNullable<UploadRecord['reserved']>

/** A reservation of a linked file stays until the nightly count has it, with some time for a count that is late. */
const RESERVED_FOR_MS = 26 * HOUR_MS

export function hasQuotas({ quotaBytes, quotaFiles }: Pick<Settings, 'quotaBytes' | 'quotaFiles'>): boolean {
  return quotaBytes !== undefined || quotaFiles !== undefined
}

/** What a new file of the resource adds. An undeclared size counts as the largest that is allowed. */
export function amountOf(settings: Settings, resource: Replaceable, size: number | undefined): Amount {
  const isReplaced = parseUrlOfResource(settings, resource.id, resource.url) !== undefined
  const bytes = (size ?? settings.maxUploadBytes) - (isReplaced ? (resource.size ?? 0) : 0)
  return { bytes: Math.max(0, bytes), files: isReplaced ? 0 : 1 }
}

/** The reservation of a new upload. `undefined` without quotas, and for a dataset without a known organization. */
export function reservationOf(
  settings: Settings,
  resource: Replaceable & { readonly ownerOrg?: string | undefined },
  { now, expiresAt }: { readonly now: Date; readonly expiresAt: Date },
): Reservation | undefined {
  if (!hasQuotas(settings) || resource.ownerOrg === undefined) return undefined
  const { files } = amountOf(settings, resource, 0)
  const until = new Date(Math.max(expiresAt.getTime(), now.getTime() + RESERVED_FOR_MS)).toISOString()
  return { files, replaces_bytes: files === 0 ? (resource.size ?? 0) : 0, until }
}

/** The key of an upload's reservation, with its amount in it, so that one listing adds up all of them. */
export function reservationKey({ id, entity, declared, limits, linked, reserved }: UploadRecord): string | undefined {
  if (reserved === undefined || entity.owner_org === undefined) return undefined
  const size = linked?.size ?? declared.size ?? limits.max_bytes ?? 0
  const bytes = Math.max(0, size - reserved.replaces_bytes)
  return `${openPrefix(entity.owner_org)}${toTimeDigits(new Date(reserved.until))}-${bytes}-${reserved.files}-${id}`
}

/** The organization, amount, upload and end of a reservation; `undefined` for any other key. */
export function parseReservationKey(
  key: string,
): (Amount & { readonly organization: string; readonly uploadId: string; readonly until: Date }) | undefined {
  const found = /^([^/]+)\/open\/([0-9a-f]{12})-(\d+)-(\d)-(.+)$/u.exec(key.slice(QUOTAS_PREFIX.length))
  const [, organization = '', time = '', bytes = '', files = '', uploadId = ''] = found ?? []
  if (found === null || !key.startsWith(QUOTAS_PREFIX)) return undefined
  return {
    organization: decodeURIComponent(organization),
    uploadId,
    bytes: Number(bytes),
    files: Number(files),
    until: fromTimeDigits(time),
  }
}

/** Reads what an organization has and may have. Throws when the store does. */
export async function readQuota(
  store: Pick<ObjectStore, 'get' | 'list'>,
  settings: Pick<Settings, 'quotaBytes' | 'quotaFiles'>,
  organization: string,
  now: Date,
): Promise<Quota> {
  const [limits, used, reserved] = await Promise.all([
    readJson<QuotaLimits>(store, limitsKey(organization)),
    readJson<Amount & { readonly at: string }>(store, usedKey(organization)),
    sumReserved(store, openPrefix(organization), now),
  ])
  return {
    limits: {
      bytes: limits?.bytes === undefined ? settings.quotaBytes : (limits.bytes ?? undefined),
      files: limits?.files === undefined ? settings.quotaFiles : (limits.files ?? undefined),
    },
    used: { bytes: used?.bytes ?? 0, files: used?.files ?? 0, at: used?.at },
    reserved,
  }
}

/** Gives an organization limits of its own; `undefined` gives it those of the settings again. */
export async function writeLimits(
  store: Pick<ObjectStore, 'put' | 'remove'>,
  organization: string,
  limits: QuotaLimits | undefined,
): Promise<void> {
  if (limits === undefined) await store.remove(limitsKey(organization))
  else await writeJson(store, limitsKey(organization), limits)
}

export async function writeUsed(
  store: Pick<ObjectStore, 'put'>,
  organization: string,
  used: Amount & { readonly at: string },
): Promise<void> {
  await writeJson(store, usedKey(organization), { bytes: used.bytes, files: used.files, at: used.at })
}

/** All organizations with sums, limits or reservations, in the order of their ids. */
export async function* organizationsWithQuotas(store: Pick<ObjectStore, 'list'>): AsyncGenerator<string> {
  let last = ''
  for await (const { key } of store.list(QUOTAS_PREFIX)) {
    const [name = ''] = key.slice(QUOTAS_PREFIX.length).split('/')
    if (name !== last) yield decodeURIComponent(name)
    last = name
  }
}

/** The organization of a file `used.json`; `undefined` for any other key. */
export function organizationOfUsed(key: string): string | undefined {
  const found = key.startsWith(QUOTAS_PREFIX) ? /^([^/]+)\/used\.json$/u.exec(key.slice(QUOTAS_PREFIX.length)) : null
  return found?.[1] === undefined ? undefined : decodeURIComponent(found[1])
}

function limitsKey(organization: string): string {
  return `${prefixOf(organization)}limits.json`
}

function usedKey(organization: string): string {
  return `${prefixOf(organization)}used.json`
}

function openPrefix(organization: string): string {
  return `${prefixOf(organization)}open/`
}

function prefixOf(organization: string): string {
  return `${QUOTAS_PREFIX}${encodeURIComponent(organization)}/`
}

async function sumReserved(store: Pick<ObjectStore, 'list'>, prefix: string, now: Date): Promise<Amount> {
  let [bytes, files] = [0, 0]
  for await (const { key } of store.list(prefix, { after: prefix + toTimeDigits(now) })) {
    const found = parseReservationKey(key)
    bytes += found?.bytes ?? 0
    files += found?.files ?? 0
  }
  return { bytes, files }
}

async function readJson<T>(store: Pick<ObjectStore, 'get'>, key: string): Promise<T | undefined> {
  const found = await store.get(key)
  if (found === undefined) return undefined
  try {
    return JSON.parse(new TextDecoder().decode(found.bytes))
  } catch {
    throw new UplinkError('store', `The object ${key} is not JSON: set the quota again, or count again.`, false)
  }
}

async function writeJson(store: Pick<ObjectStore, 'put'>, key: string, value: object): Promise<void> {
  await store.put(key, new TextEncoder().encode(JSON.stringify(value)), { contentType: 'application/json' })
}
