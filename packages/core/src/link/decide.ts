import type { Dataset, Resource, StoredObject } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { type LinkedUrl, parseLinkedUrl, type UrlSettings } from '../uploads/linked-url.ts'
import { mentionsIn } from '../uploads/own-url.ts'
import { type FailureCode, recordIdOf, type UploadRecord } from '../uploads/upload-record.ts'
import type { Candidate, Upload } from './upload.ts'

/** What is to become of one valid upload, given what CKAN shows. */
export type Decision =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'superseded'; readonly by: string }
  /** A person changed CKAN since; that stays. */
  | {
      readonly kind: 'refused'
      readonly code: Extract<FailureCode, 'changed_in_ckan' | 'moved'>
      readonly reason: string
    }
  | { readonly kind: 'write' }

/** What CKAN shows now. */
export interface CkanState {
  readonly url: string
  readonly lastModified: string | null
  /** When CKAN was changed last in any way; absent where CKAN does not say it. */
  readonly metadataModified?: string | null
  /** Whether the URL leads to the resource's plain key, at any address. */
  readonly isPlain?: boolean
  /** The upload and version that the URL stands for, where it is an own one of the same entity. */
  readonly shown: Shown | undefined
  /** The organization that owns the resource's dataset; absent for other entities. */
  readonly ownerOrg?: string
  /** The URL comes from a linker that hasn't finished, and so overtook what a faster one has linked. */
  readonly isUnfinished?: boolean
}

type Shown = Pick<LinkedUrl, 'uploadId' | 'version'>

/** The upload and version that a resource's URL stands for, where it is an own one of this resource. */
export function shownIn(settings: UrlSettings, { id, url }: Pick<Resource, 'id' | 'url'>): LinkedUrl | undefined {
  const parsed = parseLinkedUrl(settings, url)
  return parsed?.resourceId === id ? parsed : undefined
}

/** One decision per candidate of one resource, `write` for one at most: the upload that was asked for last. `ownerOrg` is that of its dataset. */
export function decide(
  settings: UrlSettings,
  resource: Resource & Pick<Dataset, 'ownerOrg'>,
  candidates: readonly Candidate[],
): ReadonlyMap<Candidate, Decision> {
  const isPlain = mentionsIn(settings, resource.url).includes(resource.id)
  return decideAmong({ ...resource, isPlain, shown: shownIn(settings, resource) }, candidates)
}

/** `decide` for whatever has a URL in CKAN. */
export function decideAmong<Key extends UploadKey>(
  present: CkanState,
  candidates: readonly Candidate<Key>[],
): ReadonlyMap<Candidate<Key>, Decision> {
  const decisions = new Map(candidates.map((candidate) => [candidate, decisionFor(candidate, present)]))
  const winner = candidates
    .filter((candidate) => decisions.get(candidate)?.kind === 'write')
    .reduce<Candidate<Key> | undefined>(later, undefined)
  for (const [candidate, decision] of decisions) {
    if (winner && decision.kind === 'write' && candidate !== winner)
      decisions.set(candidate, { kind: 'superseded', by: winner.upload.stored.record.id })
  }
  return decisions
}

/** The plain key has no intent on record, so it goes before every upload that has one. */
function later<Key extends UploadKey>(a: Candidate<Key> | undefined, b: Candidate<Key>): Candidate<Key> {
  if (a === undefined || b.upload.parsed.uploadId === undefined) return b
  if (a.upload.parsed.uploadId === undefined) return a
  return a.upload.parsed.uploadId > b.upload.parsed.uploadId ? a : b
}

function decisionFor(candidate: Candidate<UploadKey>, present: CkanState): Decision {
  const { shown } = present
  const { parsed, stored } = candidate.upload
  const { uploadId } = parsed
  if (stored.record.state === 'withdrawn') return refused(candidate)
  if (shown && shown.uploadId === uploadId && shown.version === candidate.version) return { kind: 'unchanged' }
  if (uploadId !== undefined && shown?.uploadId !== undefined && shown.uploadId > uploadId)
    return { kind: 'superseded', by: recordIdOf({ ...parsed, uploadId: shown.uploadId }) }
  if (hasMoved(stored.record, present)) return { kind: 'refused', code: 'moved', reason: MOVED }
  return mayReplace(candidate, present) ? { kind: 'write' } : refused(candidate)
}

function refused(candidate: Candidate<UploadKey>): Decision {
  return { kind: 'refused', code: 'changed_in_ckan', reason: refusal(candidate) }
}

const MOVED =
  'The dataset was moved to another organization after this upload was asked for, and CKAN may not let its sender update it there. Ask for a new URL and upload again.'

/** Also where it was moved back since: whoever reads the record was told that the upload failed. */
function hasMoved({ entity, code }: UploadRecord, { ownerOrg }: CkanState): boolean {
  return code === 'moved' || (entity.owner_org !== undefined && entity.owner_org !== ownerOrg)
}

/** An upload replaces what was there when it was asked for, or an earlier upload, and never a second time. */
function mayReplace({ upload, object, version }: Candidate<UploadKey>, present: CkanState): boolean {
  const { shown } = present
  const { record } = upload.stored
  const { uploadId } = upload.parsed
  if (isAborted(upload) || upload.isForgotten === true) return false
  // Both versions' URLs lead to the same object, so this is no person's choice of an older file.
  if (shown && shown.uploadId === uploadId) return true
  if (record.linked?.version === version) return present.isUnfinished === true
  const isAsNoted =
    record.previous_url === present.url && (record.previous_last_modified ?? null) === present.lastModified
  if (uploadId === undefined && record.claimed !== version) return !isOvertaken(upload, object, present)
  if (record.code === 'changed_in_ckan' || record.state === 'superseded') return false
  if (uploadId === undefined) return isAsNoted
  if (record.linked) return false
  if (shown?.uploadId !== undefined) return true
  return upload.stored.etag === undefined ? present.url === '' : isAsNoted
}

/** Only uploads with an id are aborted. A plain key can be put again; its record says so where an older version removed a file. */
function isAborted({ parsed, stored }: Upload<UploadKey>): boolean {
  return stored.record.state === 'aborted' && parsed.uploadId !== undefined
}

/**
 * A plain key from before there were records, found in a listing: it does not replace a later change in CKAN. CKAN keeps `last_modified`
 * when a person writes another URL. A URL that leads to the plain key was written by an older version, and is written again.
 */
function isOvertaken(
  { isListed, stored }: Upload<UploadKey>,
  { modifiedAt }: StoredObject,
  { url, lastModified, metadataModified, isPlain }: CkanState,
): boolean {
  if (!isListed || stored.etag !== undefined || url === '') return false
  const times = isPlain ? [lastModified] : [lastModified, metadataModified ?? null]
  return times.some((time) => time !== null && Date.parse(`${time}Z`) > modifiedAt.getTime())
}

function refusal({ upload, version }: Candidate<UploadKey>): string {
  const { record } = upload.stored
  if (record.state === 'withdrawn') return 'This upload was withdrawn: upload again.'
  if (isAborted(upload)) return 'This upload was aborted: what came of it all the same is not linked. Upload again.'
  if (record.linked?.version === version)
    return 'This version was linked before and CKAN was changed since: what stands there now stays. Upload again to replace it.'
  if (upload.stored.etag === undefined)
    return 'No upload record says what this file may replace: ask for an upload URL and upload it again.'
  return `The ${record.entity.type} was changed in CKAN after this upload was asked for: what stands there now stays. Upload again to replace it.`
}
