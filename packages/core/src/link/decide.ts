import type { Dataset, Resource, StoredObject } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { type LinkedUrl, parseLinkedUrl, parseUrlOfResource, type UrlSettings } from '../uploads/linked-url.ts'
import { mentionsIn } from '../uploads/own-url.ts'
import { isSameUrl } from '../uploads/same-url.ts'
import { type FailureCode, recordIdOf, type UploadRecord } from '../uploads/upload-record.ts'
import type { Candidate, Upload } from './upload.ts'

/** Whether to link one valid upload, given the state of CKAN. */
export type Decision =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'superseded'; readonly by: string }
  /** A person has changed CKAN since the request, and CKAN keeps that change. */
  | {
      readonly kind: 'refused'
      readonly code: Extract<FailureCode, 'changed_in_ckan' | 'moved'>
      readonly reason: string
      /** CKAN showed this version before, and the resource has no URL now. */
      readonly isLost?: true
    }
  | { readonly kind: 'write' }

/** The present state of CKAN for one resource or image owner. */
export interface CkanState {
  readonly url: string
  readonly lastModified: string | null
  /** The time of the last change of any field; absent when CKAN does not report it. */
  readonly metadataModified?: string | null
  /** Whether the URL leads to the resource's plain key, at any address. */
  readonly isPlain?: boolean
  /** The upload and version in the URL, if the linker wrote the URL for the same entity. */
  readonly shown: Shown | undefined
  /** The same for a URL with an address that the settings do not know. */
  readonly shownElsewhere?: Shown | undefined
  /** The organization that owns the resource's dataset; absent for other entities. */
  readonly ownerOrg?: string
  /** Another linker wrote the URL and has not finished: it has overwritten the upload that a faster linker linked. */
  readonly isUnfinished?: boolean
}

type Shown = Pick<LinkedUrl, 'uploadId' | 'version'>

/** The upload and version in a resource's URL, if the linker wrote the URL for this resource. */
export function shownIn(settings: UrlSettings, { id, url }: Pick<Resource, 'id' | 'url'>): LinkedUrl | undefined {
  const parsed = parseLinkedUrl(settings, url)
  return parsed?.resourceId === id ? parsed : undefined
}

/**
 * Returns one decision per candidate of one resource. At most one decision is `write`: the one for the upload that was
 * requested last. `ownerOrg` is the organization of the dataset.
 */
export function decide<C extends Candidate>(
  settings: UrlSettings,
  resource: Resource & Pick<Dataset, 'ownerOrg'>,
  candidates: readonly C[],
): ReadonlyMap<C, Decision> {
  const isPlain = mentionsIn(settings, resource.url).includes(resource.id)
  const shown = shownIn(settings, resource)
  const shownElsewhere = shown ? undefined : parseUrlOfResource(settings, resource.id, resource.url)
  return decideAmong({ ...resource, isPlain, shown, shownElsewhere }, candidates)
}

/** The same as `decide`, for every kind of entity. */
export function decideAmong<C extends Candidate<UploadKey>>(
  present: CkanState,
  candidates: readonly C[],
): ReadonlyMap<C, Decision> {
  const decisions = new Map(candidates.map((candidate) => [candidate, decisionFor(candidate, present)]))
  const winner = candidates
    .filter((candidate) => decisions.get(candidate)?.kind === 'write')
    .reduce<C | undefined>(laterOf, undefined)
  for (const [candidate, decision] of decisions) {
    if (winner && decision.kind === 'write' && candidate !== winner)
      decisions.set(candidate, { kind: 'superseded', by: winner.upload.stored.record.id })
  }
  return decisions
}

/** A plain key has no recorded intent, so every upload with an id counts as later. */
function laterOf<C extends Candidate<UploadKey>>(a: C | undefined, b: C): C {
  if (a === undefined || b.upload.parsed.uploadId === undefined) return b
  if (a.upload.parsed.uploadId === undefined) return a
  return a.upload.parsed.uploadId > b.upload.parsed.uploadId ? a : b
}

function decisionFor(candidate: Candidate<UploadKey>, present: CkanState): Decision {
  const { shown } = present
  const { parsed, stored } = candidate.upload
  const { uploadId } = parsed
  if (stored.record.state === 'withdrawn') return refused(candidate, present)
  if (shown && shown.uploadId === uploadId && shown.version === candidate.version) return { kind: 'unchanged' }
  const isLaterShown = uploadId !== undefined && shown?.uploadId !== undefined && shown.uploadId > uploadId
  // A person has saved a form with this file while CKAN showed the later upload.
  if (isLaterShown && !isAsNoted(stored.record, present))
    return { kind: 'superseded', by: recordIdOf({ ...parsed, uploadId: shown.uploadId }) }
  if (hasMoved(stored.record, present)) return { kind: 'refused', code: 'moved', reason: MOVED }
  return mayReplace(candidate, present) ? { kind: 'write' } : refused(candidate, present)
}

function refused(candidate: Candidate<UploadKey>, present: CkanState): Decision {
  const { record } = candidate.upload.stored
  const decision = { kind: 'refused', code: 'changed_in_ckan' } as const
  if (!hasLostUrl(candidate, present)) return { ...decision, reason: refusal(candidate, present) }
  const reason = `This version was linked before, and CKAN shows no URL any more. If a form lost it, restore the file: ckan-uplink versions restore ${record.entity.id} ${record.id}`
  return { ...decision, reason, isLost: true }
}

function hasLostUrl({ upload, version }: Candidate<UploadKey>, { url }: CkanState): boolean {
  const { entity, linked, state } = upload.stored.record
  const isWanted = state !== 'withdrawn' && !isAborted(upload)
  return isWanted && linked?.version === version && url === '' && entity.type === 'resource'
}

const MOVED =
  'The dataset moved to another organization after this upload was requested, and its sender may lack the permission to update it there. Request a new URL and upload again.'

/** Stays true when the dataset moves back, because the record has already reported the failure to its readers. */
function hasMoved({ entity, code }: UploadRecord, { ownerOrg }: CkanState): boolean {
  return code === 'moved' || (entity.owner_org !== undefined && entity.owner_org !== ownerOrg)
}

/**
 * An upload may replace the URL that CKAN showed at the time of its request, and any earlier upload unless the request
 * said `only_if_unchanged`. A version is not linked a second time.
 */
function mayReplace({ upload, object, version }: Candidate<UploadKey>, present: CkanState): boolean {
  const { shown } = present
  const { record } = upload.stored
  const { uploadId } = upload.parsed
  if (isAborted(upload) || upload.isForgotten === true) return false
  // The URLs of both versions lead to the same object, so no person has chosen an older file.
  if (shown && shown.uploadId === uploadId) return true
  if (record.linked?.version === version) return present.isUnfinished === true
  if (uploadId === undefined && record.claimed !== version) return !isOvertaken(upload, object, present)
  if (record.code === 'changed_in_ckan' || record.state === 'superseded') return false
  if (uploadId === undefined) return isAsNoted(record, present)
  if (record.linked) return false
  if (replacesEarlierUpload(record, present)) return true
  return upload.stored.etag === undefined ? present.url === '' : isAsNoted(record, present)
}

/** Whether CKAN shows what the record notes, as it did at the request, or when the form of the file was saved. */
function isAsNoted({ previous_url, previous_last_modified = null }: UploadRecord, present: CkanState): boolean {
  return (
    previous_url !== undefined &&
    isSameUrl(previous_url, present.url) &&
    previous_last_modified === present.lastModified
  )
}

function replacesEarlierUpload({ only_if_unchanged }: UploadRecord, { shown }: CkanState): boolean {
  return shown?.uploadId !== undefined && !only_if_unchanged
}

/**
 * Only uploads with an id can be aborted. A file can be put to a plain key again. Its record may still say `aborted`
 * from an older version of this program, which wrote that when it removed a file.
 */
function isAborted({ parsed, stored }: Upload<UploadKey>): boolean {
  return stored.record.state === 'aborted' && parsed.uploadId !== undefined
}

/**
 * Whether CKAN was changed after the object was put. Applies to plain keys without a record that a listing found. CKAN
 * keeps `last_modified` when a person writes another URL, so `metadata_modified` counts as well. It does not count when
 * the URL leads to the plain key: an older version of this program wrote that URL, and the linker replaces it.
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

function refusal({ upload, version }: Candidate<UploadKey>, { url, shownElsewhere }: CkanState): string {
  const { record } = upload.stored
  if (record.state === 'withdrawn') return 'This upload was withdrawn: upload again.'
  if (isAborted(upload)) return 'This upload was aborted, so its file is not linked. Upload again.'
  if (shownElsewhere?.uploadId === upload.parsed.uploadId && shownElsewhere?.version === version)
    return `CKAN shows this version at another address, ${new URL(url).origin}. If it is a former address of the gateway, name it in formerUrls, or run reconcile with --moved-from.`
  if (record.linked?.version === version)
    return 'This version was linked before, and CKAN was changed since then. CKAN keeps that change. Upload again to replace it.'
  if (upload.stored.etag === undefined)
    return 'No upload record says what this file may replace: request an upload URL and upload the file again.'
  return `The ${record.entity.type} was changed in CKAN after this upload was requested. CKAN keeps that change. Upload again to replace it.`
}
