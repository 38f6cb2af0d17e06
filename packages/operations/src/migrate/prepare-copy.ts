import { addToJournal, type JournalEntry } from '@ckan-uplink/cli/migrate'
import type { ObjectStore, StoredObject } from '@ckan-uplink/core'
import { DAY_MS } from '@ckan-uplink/core/support'
import { readRecord, type UploadRecord, writeRecord } from '@ckan-uplink/core/uploads'
import type { Brought } from './bring.ts'
import type { Move } from './move.ts'

/** A file or an image whose record is written, and whose bytes are in the bucket but not yet an object. */
export interface Prepared {
  readonly key: string
  readonly complete: () => Promise<void>
}

interface Copy {
  /** The object of the former bucket. */
  readonly from: { readonly key: string; readonly object: StoredObject }
  /** What CKAN shows now. */
  readonly entry: Pick<JournalEntry, 'dataset' | 'owner' | 'resource' | 'before'>
  /** The record of a new upload. */
  draft(): UploadRecord
  /** Brings the bytes for this record. */
  bring(record: UploadRecord): Promise<Brought>
  /** The hash for the record; absent: the store has compared the copy. */
  hashOf?(brought: Brought): string | undefined
}

const DAYS_TO_COMPLETE = 7

/** A run that was cut short has left a record: the file keeps its upload. */
export async function prepareCopy({ from, entry, draft, bring, hashOf }: Copy, move: Move): Promise<Prepared> {
  const { store } = move.linkDeps
  const begun = await findBegun(from.object, entry, move)
  const record = begun ?? draft()
  const arrived = begun && (await store.head(begun.key))
  if (arrived?.size === from.object.size) return { key: record.key, complete: async () => {} }
  const brought = await bring(record)
  const { prepared } = brought
  try {
    if (begun === undefined) {
      const { key, object } = from
      const source = { bucket: move.source.name, key, etag: object.etag }
      await announce({ ...entry, source }, withHash(record, hashOf?.(brought)), move)
    }
  } catch (thrown) {
    await prepared.abort().catch(() => {})
    throw thrown
  }
  return { key: record.key, complete: () => prepared.complete() }
}

/** Has no `requested_by`, so a store's copy counts as regular. */
export function newRecord({
  linkDeps,
}: {
  readonly linkDeps: Pick<Move['linkDeps'], 'clock'>
}): Pick<UploadRecord, 'version' | 'requested_at' | 'expires_at' | 'state'> {
  const now = linkDeps.clock.now()
  return {
    version: 1,
    requested_at: now.toISOString(),
    expires_at: new Date(now.getTime() + DAYS_TO_COMPLETE * DAY_MS).toISOString(),
    state: 'issued',
  }
}

/** The record that an earlier run has written, if CKAN and the former bucket are still the same. */
async function findBegun(object: StoredObject, { resource, before }: Copy['entry'], { former, linkDeps }: Move) {
  const entry = former.get(resource)
  if (entry?.source?.etag !== object.etag || !isSame(entry.before, before)) return undefined
  const record = (await readRecord(linkDeps.store, entry.upload))?.record
  return record?.state === 'issued' || record?.state === 'scanning' ? record : undefined
}

function isSame(former: JournalEntry['before'], { url, last_modified }: JournalEntry['before']): boolean {
  return former.url === url && (former.last_modified ?? null) === (last_modified ?? null)
}

function withHash(record: UploadRecord, hash: string | undefined): UploadRecord {
  return hash === undefined ? record : { ...record, declared: { ...record.declared, hash } }
}

interface Announcing {
  readonly journal: string
  readonly linkDeps: { readonly store: Pick<ObjectStore, 'put'> }
}

/** Writes the record of a new upload. The journal comes first, so that every file that CKAN shows later is in it. */
export async function announce(
  entry: Omit<JournalEntry, 'at' | 'upload'>,
  record: UploadRecord,
  { journal, linkDeps }: Announcing,
): Promise<void> {
  await addToJournal(journal, { at: new Date().toISOString(), ...entry, upload: record.id })
  if (!(await writeRecord(linkDeps.store, { record, etag: undefined })))
    throw new Error(`The upload ${record.id} exists already: run the command again.`)
}
