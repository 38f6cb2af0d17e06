import { UPLINK_PREFIX } from './keys.ts'
import { isCleared } from './scans.ts'
import type { UploadRecord } from './upload-record.ts'

/** The first complete reconciliation writes this object. From then on every file that CKAN shows has a record. */
export const RECORDS_COMPLETE_KEY = `${UPLINK_PREFIX}records-complete.json`

/** What the gateway knows when a reader requests the object at a key. */
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
  /** Whether a virus scanner has to find a file clean before it is served. */
  readonly isScanned: boolean
}

/** `replaced`: the object was linked, and CKAN now points elsewhere. */
export type Serving = 'present' | 'replaced' | 'withdrawn' | 'none'

/**
 * Decides whether a reader gets an object. CKAN's URL alone proves nothing, because every editor can write it by hand.
 * The record has to say that this version was linked. Two cases have no such record: the moment between the linker's
 * write to CKAN and its write to the record, and objects from versions that wrote no records.
 */
export function servingOf(facts: ServingFacts): Serving {
  const { key, record, version, shownVersion, isScanned } = facts
  if (record !== undefined && record.key !== key) return 'none'
  if (record?.state === 'withdrawn') return 'withdrawn'
  if (version === undefined) return 'none'
  const isShown = shownVersion === version
  if (record === undefined) return isOld(facts, isShown) ? 'present' : 'none'
  if (record.linked?.version === version) return shownVersion === undefined ? 'replaced' : 'present'
  const isClear = !isScanned || isCleared(record, version)
  return isShown && isClear && isBeingLinked(record, version) ? 'present' : 'none'
}

/** With a scanner, a file without a record was linked before there were records, or it was never scanned. */
function isOld({ shownVersion, recordsComplete, isScanned }: ServingFacts, isShown: boolean): boolean {
  return recordsComplete ? isShown && !isScanned : shownVersion !== undefined
}

const OPEN: readonly UploadRecord['state'][] = ['issued', 'scanning', 'expired']

/**
 * The linker notes the version of a plain key before it writes to CKAN. Other records are open until they are `linked`.
 * A held file is not being linked.
 */
function isBeingLinked({ state, linked, claimed, held }: UploadRecord, version: string): boolean {
  if (held !== undefined) return false
  return claimed === version || (linked === undefined && OPEN.includes(state))
}
