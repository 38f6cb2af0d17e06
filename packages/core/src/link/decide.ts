import { type LinkedUrl, parseLinkedUrl, type UrlSettings } from '../linked-url.ts'
import type { Resource, StoredObject } from '../ports.ts'
import type { Candidate, Upload } from './upload.ts'

/** What is to become of one valid upload, given what CKAN shows. */
export type Verdict =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'superseded'; readonly by: string }
  /** A person changed CKAN since; that stays. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'write' }

/** One verdict per candidate of one resource, `write` for one at most: the upload that was asked for last. */
export function decide(settings: UrlSettings, resource: Resource, candidates: readonly Candidate[]): ReadonlyMap<Candidate, Verdict> {
  const parsed = parseLinkedUrl(settings, resource.url)
  const shown = parsed?.resourceId === resource.id ? parsed : undefined
  const verdicts = new Map(candidates.map((candidate) => [candidate, verdictOn(candidate, resource, shown)]))
  const winner = candidates.filter((candidate) => verdicts.get(candidate)?.kind === 'write').reduce<Candidate | undefined>(later, undefined)
  for (const [candidate, verdict] of verdicts) {
    if (winner && verdict.kind === 'write' && candidate !== winner) verdicts.set(candidate, { kind: 'superseded', by: winner.upload.stored.record.id })
  }
  return verdicts
}

/** The plain key has no intent on record, so it goes before every upload that has one. */
function later(a: Candidate | undefined, b: Candidate): Candidate {
  if (a === undefined || b.upload.parsed.uploadId === undefined) return b
  if (a.upload.parsed.uploadId === undefined) return a
  return a.upload.parsed.uploadId > b.upload.parsed.uploadId ? a : b
}

function verdictOn(candidate: Candidate, resource: Resource, shown: LinkedUrl | undefined): Verdict {
  const { uploadId } = candidate.upload.parsed
  if (shown && shown.uploadId === uploadId && shown.version === candidate.version) return { kind: 'unchanged' }
  if (uploadId !== undefined && shown?.uploadId !== undefined && shown.uploadId > uploadId) return { kind: 'superseded', by: shown.uploadId }
  return mayReplace(candidate, resource, shown) ? { kind: 'write' } : { kind: 'refused', reason: refusal(candidate) }
}

/** An upload replaces what was there when it was asked for, or an earlier upload, and never a second time. */
function mayReplace({ upload, object, version }: Candidate, resource: Resource, shown: LinkedUrl | undefined): boolean {
  const { record } = upload.stored
  const { uploadId } = upload.parsed
  if (record.linked?.version === version) return false
  const isAsNoted = record.previous_url === resource.url && (record.previous_last_modified ?? null) === resource.lastModified
  if (uploadId === undefined && record.claimed !== version) return !isOvertaken(upload, object, resource)
  if (record.code === 'changed_in_ckan' || record.state === 'superseded') return false
  if (shown && shown.uploadId === uploadId) return true
  if (uploadId === undefined) return isAsNoted
  if (record.linked) return false
  if (shown?.uploadId !== undefined) return true
  return upload.stored.etag === undefined ? resource.url === '' : isAsNoted
}

/** A plain key from before there were records, found in a listing: what CKAN was given after it stays. */
function isOvertaken({ isListed, stored }: Upload, { modifiedAt }: StoredObject, { url, lastModified }: Resource): boolean {
  return isListed && stored.etag === undefined && url !== '' && lastModified !== null && Date.parse(`${lastModified}Z`) > modifiedAt.getTime()
}

function refusal({ upload, version }: Candidate): string {
  const { record } = upload.stored
  if (record.linked?.version === version)
    return 'This version was linked before and CKAN was changed since: what stands there now stays. Upload again to replace it.'
  if (upload.stored.etag === undefined) return 'No upload record says what this file may replace: ask for an upload URL and upload it again.'
  return 'The resource was changed in CKAN after this upload was asked for: what stands there now stays. Upload again to replace it.'
}
