import type { KnownCaller } from '../http/caller.ts'
import type { ShownRecord } from './answers.ts'

/**
 * The record without the facts that are not for a person who has only an upload link: what CKAN shows of the place, the
 * organization and its quota, and who refused the file and why.
 */
export function shownTo({ link }: KnownCaller, record: ShownRecord): ShownRecord {
  if (link === undefined) return record
  const { previous_url: _url, previous_last_modified: _time, reserved: _reserved, withdrawn, entity, ...shown } = record
  const { owner_org: _organization, ...place } = entity
  return { ...shown, entity: place, ...(withdrawn && { withdrawn: { at: withdrawn.at } }) }
}
