import {
  CHUNK_TAIL_BYTES,
  contradictionOf,
  encodingMistake,
  endsAsZip,
  FIRST_BYTES,
  isEncoded,
  mayBeInChunks,
  mayEndAsZip,
  mistakeIn,
  mistakeInChunks,
  ZIP_TAIL_BYTES,
} from '../file-identity/content.ts'
import { type FileIdentity, isAllowed } from '../file-identity/identify.ts'
import type { ObjectStore, Resource, StoredObject } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { toHex } from '../support/encoding.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import type { FailureCode } from '../uploads/upload-record.ts'
import { identityOf } from './resource-fields.ts'
import type { Candidate, FileCandidate, Inspection, Upload } from './upload.ts'

/**
 * The dependencies of `inspect`. `checksums` caches checksums by ETag, so that a lost race does not read a file twice.
 */
export interface Inspector {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'sha256'>
  readonly checksums: Map<string, string>
}

/** A file of at most so many bytes that has a declared checksum is read once. */
const SMALL_BYTES = 64 * 1024

/** The first bytes of an object, and what it is by them. */
interface ReadStart {
  readonly object: StoredObject
  readonly bytes: Uint8Array
  readonly identity: FileIdentity
}

export type Breach = Extract<Inspection, { kind: 'invalid' }>

/**
 * Compares the present object with the declared and the allowed values, even if the store has enforced them. Does not
 * inspect an object again that a listing shows in the linked version, unless CKAN shows another version (`shown`) of
 * the upload: the listing may be older than CKAN.
 */
export async function inspect<Key extends UploadKey>(
  inspector: Inspector,
  upload: Upload<Key>,
  resource: Resource | undefined,
  shown?: string,
): Promise<Inspection<FileCandidate<Key>>> {
  const { settings } = inspector
  const linked = await asLinked(upload, shown)
  if (linked) return valid({ ...linked, identity: identityOf(settings, resource, linked) })
  const isDeclared = upload.stored.record.declared.hash !== undefined
  const start = await inspector.store.get(upload.key, { length: isDeclared ? SMALL_BYTES : FIRST_BYTES })
  if (start === undefined) return { kind: 'absent' }
  const { object, bytes: content } = start
  const bytes = content.subarray(0, FIRST_BYTES)
  const isHidden = isEncoded(object.contentEncoding ?? '', bytes)
  const identity = identityOf(settings, resource, { upload, object }, isHidden ? undefined : bytes)
  const breach =
    formBreach(upload, object) ??
    sizeBreach(settings, upload, object) ??
    typeBreach(settings, identity) ??
    (isHidden ? undefined : await contentBreach(inspector, { object, bytes, identity }))
  return (
    breach ?? inspectChecksum(inspector, { upload, object, identity, version: await versionOf(object.etag) }, content)
  )
}

async function asLinked<Key extends UploadKey>(
  upload: Upload<Key>,
  shown: string | undefined,
): Promise<Candidate<Key> | undefined> {
  const { key, listedEtag: etag, stored } = upload
  const { linked } = stored.record
  const version = linked && etag !== undefined ? await versionOf(etag) : undefined
  if (linked === undefined || etag === undefined || version !== linked.version) return undefined
  if (shown !== undefined && shown !== version) return undefined
  return { upload, version, object: { key, etag, size: linked.size, modifiedAt: new Date(linked.at) } }
}

/** Objects from before the gateway, and copies by the gateway, may have any readable form. */
export function formBreach(
  { stored: { record } }: Pick<Upload<UploadKey>, 'stored'>,
  { unreadable, irregular }: StoredObject,
): Breach | undefined {
  const isOwn = record.requested_by === undefined || record.restored_from !== undefined
  const reason = unreadable ?? (isOwn ? undefined : irregular)
  return reason === undefined ? undefined : invalid('unusable_object', reason)
}

export function sizeBreach(
  settings: Pick<Settings, 'maxUploadBytes'>,
  { stored: { record } }: Pick<Upload<UploadKey>, 'stored'>,
  { size }: StoredObject,
): Breach | undefined {
  const limit = record.limits.max_bytes ?? settings.maxUploadBytes
  if (size > limit)
    return invalid('too_large', `The file has ${size} bytes, but at most ${limit} are allowed: upload a smaller file.`)
  const declared = record.declared.size
  if (declared === undefined || declared === size) return undefined
  return invalid(
    'size_mismatch',
    `The file has ${size} bytes, but ${declared} were declared: request a new URL and upload the whole file.`,
  )
}

function typeBreach({ allowedTypes }: Settings, identity: FileIdentity): Breach | undefined {
  if (isAllowed(allowedTypes, identity)) return undefined
  return invalid(
    'type_not_allowed',
    `The file has the type ${identity.mimetype}. Upload a file of type ${allowedTypes.join(', ')}.`,
  )
}

async function contentBreach(
  { store }: Inspector,
  { object, bytes, identity: { fileName } }: ReadStart,
): Promise<Breach | undefined> {
  const tail = mayBeInChunks(bytes) ? await readEnd(store, object, CHUNK_TAIL_BYTES) : undefined
  const mistake =
    mistakeIn(bytes, fileName) ??
    (tail && mistakeInChunks(tail)) ??
    encodingMistake(object.contentEncoding ?? '', bytes)
  if (mistake !== undefined) return invalid('content_mismatch', mistake)
  const kind = contradictionOf(fileName, bytes)
  if (kind === undefined) return undefined
  const end = mayEndAsZip(fileName, kind) ? await readEnd(store, object, ZIP_TAIL_BYTES) : undefined
  if (end && endsAsZip(end)) return undefined
  return invalid(
    'content_mismatch',
    `The file has the name ${fileName}, but its content is ${kind}: upload the right file, or change the name.`,
  )
}

/** The last bytes of the object, unless it has changed. */
async function readEnd(
  store: Pick<ObjectStore, 'get'>,
  { key, etag, size }: StoredObject,
  length: number,
): Promise<Uint8Array | undefined> {
  const end = await store.get(key, { offset: Math.max(0, size - length), length })
  return end?.object.etag === etag ? end.bytes : undefined
}

async function inspectChecksum<Key extends UploadKey>(
  inspector: Inspector,
  candidate: FileCandidate<Key>,
  content: Uint8Array,
): Promise<Inspection<FileCandidate<Key>>> {
  const declared = candidate.upload.stored.record.declared.hash
  if (declared === undefined) return valid(candidate)
  const checksum = await checksumOf(inspector, candidate.object, content)
  if (checksum.kind === 'unverified') return valid(candidate)
  if (checksum.kind === 'changed') return { kind: 'changing' }
  const { sha256 } = checksum
  if (declared === `sha256:${sha256}`) return valid({ ...candidate, checksum: declared })
  return invalid(
    'checksum_mismatch',
    `The file's SHA-256 is ${sha256}, not the declared ${declared.slice('sha256:'.length)}: the file is damaged, or it is another file. Request a new URL and upload the file again.`,
  )
}

type Checksum =
  | { readonly kind: 'verified'; readonly sha256: string }
  /** The object is larger than `maxVerifyBytes`, and the store knows no checksum. */
  | { readonly kind: 'unverified' }
  /** The object has changed since. */
  | { readonly kind: 'changed' }

/**
 * Takes the checksum of `content`, if this is the whole object. Otherwise takes the checksum that the store has
 * verified, which some stores give only for a whole object. Otherwise reads the object.
 */
async function checksumOf(
  { store, checksums, settings }: Inspector,
  { key, etag, size }: StoredObject,
  content: Uint8Array,
): Promise<Checksum> {
  if (content.length === size)
    return { kind: 'verified', sha256: toHex(await crypto.subtle.digest('SHA-256', new Uint8Array(content))) }
  const known = checksums.get(`${key}\n${etag}`)
  if (known !== undefined) return { kind: 'verified', sha256: known }
  const object = await store.head(key)
  if (object?.etag !== etag) return { kind: 'changed' }
  if (object.sha256 === undefined && size > settings.maxVerifyBytes) return { kind: 'unverified' }
  const sha256 = object.sha256 ?? (await store.sha256(key, etag))
  if (sha256 === undefined) return { kind: 'changed' }
  checksums.set(`${key}\n${etag}`, sha256)
  return { kind: 'verified', sha256 }
}

function valid<C extends Candidate<UploadKey>>(candidate: C): Inspection<C> {
  return { kind: 'valid', candidate }
}

export function invalid(code: FailureCode, reason: string): Breach {
  return { kind: 'invalid', code, reason }
}
