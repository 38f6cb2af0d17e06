import { UPLINK_PREFIX } from './keys.ts'
import type { UploadRecord } from './upload-record.ts'

/** Written by the first reconciliation that has completed: from then on every file that CKAN shows has a record. */
export const RECORDS_COMPLETE_KEY = `${UPLINK_PREFIX}records-complete.json`

/** What is known when somebody asks for the object at a key. */
export interface ServingFacts {
  readonly key: string
  /** The record of the key's upload; `undefined` when there is none. */
  readonly record: UploadRecord | undefined
  /** The object's version; `undefined` when there is no object. */
  readonly version: string | undefined
  /** The version that CKAN's URL names for this key; `undefined` when CKAN points elsewhere. */
  readonly shownVersion: string | undefined
  /** Whether the object at `RECORDS_COMPLETE_KEY` exists. */
  readonly recordsComplete: boolean
}

/** `replaced`: it was linked, and CKAN points elsewhere now. */
export type Serving = 'present' | 'replaced' | 'withdrawn' | 'none'

/**
 * What a reader gets of an object. CKAN's URL alone proves nothing, since every editor can write it by hand: the record has to
 * say that this version was linked. Two cases have no such record: the moment between the linker's write to CKAN and its write
 * to the record, and objects from before there were records.
 */
export function servingOf({ key, record, version, shownVersion, recordsComplete }: ServingFacts): Serving {
  if (record !== undefined && record.key !== key) return 'none'
  if (record?.state === 'withdrawn') return 'withdrawn'
  if (version === undefined) return 'none'
  const isShown = shownVersion === version
  if (record === undefined) return isShown || (shownVersion !== undefined && !recordsComplete) ? 'present' : 'none'
  if (record.linked?.version === version) return shownVersion === undefined ? 'replaced' : 'present'
  return isShown && isBeingLinked(record, version) ? 'present' : 'none'
}

/** The linker notes a plain key's version before it writes to CKAN; other records are open until they say `linked`. */
function isBeingLinked({ state, linked, claimed }: UploadRecord, version: string): boolean {
  return claimed === version || (linked === undefined && (state === 'issued' || state === 'expired'))
}
