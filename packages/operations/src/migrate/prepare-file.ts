import { createHash } from 'node:crypto'
import { addToJournal, fileFieldsOf, type JournalEntry, type ShownDataset } from '@ckan-uplink/cli/migrate'
import type { PreparedObject } from '@ckan-uplink/core/operations'
import { DAY_MS } from '@ckan-uplink/core/support'
import { buildKey, identify, readRecord, shownFile, type UploadRecord, writeRecord } from '@ckan-uplink/core/uploads'
import { v7 } from 'uuid'
import type { FoundObject } from './find-objects.ts'
import type { Move } from './move.ts'

/** A file whose record is written, and whose bytes are in the bucket but not yet an object. */
export interface PreparedFile {
  readonly file: FoundObject
  readonly key: string
  readonly complete: () => Promise<void>
}

const DAYS_TO_COMPLETE = 7

/**
 * Copies the file, and writes its record. The linker later compares the SHA-256 in the record, unless the store has
 * compared the copy. A run that was cut short has left a record: the file keeps its upload.
 */
export async function prepareFile(dataset: ShownDataset, file: FoundObject, move: Move): Promise<PreparedFile> {
  const { store } = move.linkDeps
  const begun = await findBegun(file, move)
  const draft = begun ?? draftRecord(dataset, file, move)
  const arrived = begun && (await store.head(begun.key))
  if (arrived?.size === file.object.size) return { file, key: draft.key, complete: async () => {} }
  const brought = await bring(file, draft, move)
  const { prepared } = brought
  try {
    if (begun === undefined) await announce(dataset, file, withHash(draft, file, brought), move)
  } catch (thrown) {
    await prepared.abort().catch(() => {})
    throw thrown
  }
  return { file, key: draft.key, complete: () => prepared.complete() }
}

/** The record that an earlier run has written, if CKAN and the former bucket are still the same. */
async function findBegun({ resource, object }: FoundObject, { former, linkDeps }: Move) {
  const entry = former.get(resource.id)
  if (entry?.source?.etag !== object.etag || !isSame(entry, resource)) return undefined
  const record = (await readRecord(linkDeps.store, entry.upload))?.record
  return record?.state === 'issued' || record?.state === 'scanning' ? record : undefined
}

function isSame({ before }: JournalEntry, { url, last_modified }: FoundObject['resource']): boolean {
  return before.url === url && (before.last_modified ?? null) === (last_modified ?? null)
}

/** Has no `requested_by`, so a store's copy counts as regular. */
function draftRecord(dataset: ShownDataset, { resource, name, object }: FoundObject, { linkDeps }: Move): UploadRecord {
  const { settings, clock } = linkDeps
  const id = v7()
  const now = clock.now()
  const shown = shownFile(settings, { id: resource.id, url: resource.url ?? '', format: resource.format ?? '' })
  const { fileName } = identify({ name, resource: shown, contentType: object.contentType })
  return {
    version: 1,
    id,
    entity: {
      type: 'resource',
      id: resource.id,
      dataset_id: dataset.id,
      ...(dataset.owner_org && { owner_org: dataset.owner_org }),
    },
    key: buildKey(settings.keyPrefix, { resourceId: resource.id, uploadId: id, fileName }),
    requested_at: now.toISOString(),
    expires_at: new Date(now.getTime() + DAYS_TO_COMPLETE * DAY_MS).toISOString(),
    previous_url: resource.url ?? '',
    previous_last_modified: resource.last_modified ?? null,
    only_if_unchanged: true,
    declared: { ...(name !== undefined && { name }), size: object.size },
    // The file is on the portal already, so the limit for new files does not count.
    limits: { max_bytes: object.size },
    state: 'issued',
  }
}

/** A loader knows by CKAN's MD5 that it has loaded the file, so the MD5 stays if the copy is compared. */
function withHash(
  record: UploadRecord,
  { resource, object }: FoundObject,
  { prepared: { isCompared }, sha256 }: Brought,
): UploadRecord {
  if (sha256 === undefined || (isCompared && resource.hash === object.etag)) return record
  return { ...record, declared: { ...record.declared, hash: `sha256:${sha256}` } }
}

interface Brought {
  readonly prepared: PreparedObject
  readonly sha256?: string | undefined
}

async function bring({ key, object }: FoundObject, record: UploadRecord, move: Move): Promise<Brought> {
  const { source, importer } = move
  const { etag, size, contentType } = object
  const to = { key: record.key, size, contentType }
  if (!source.isInStore) return receive(key, etag, to, move)
  const prepared = await importer.copy({ bucket: source.name, key, etag, size }, to)
  if (prepared === undefined) throw replaced(key)
  if (prepared.isCompared || record.declared.hash !== undefined) return { prepared, sha256: object.sha256 }
  const sha256 = object.sha256 ?? (await source.store.sha256(key, etag))
  if (sha256 !== undefined) return { prepared, sha256 }
  await prepared.abort()
  throw replaced(key)
}

async function receive(
  key: string,
  etag: string,
  to: Parameters<Move['importer']['write']>[1],
  { source, importer }: Move,
): Promise<Brought> {
  const bytes = await source.read(key, etag)
  if (bytes === undefined) throw replaced(key)
  const hash = createHash('sha256')
  let arrived = 0
  async function* hashed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      arrived += chunk.length
      yield chunk
    }
  }
  const prepared = await importer.write(hashed(bytes), to)
  if (arrived === to.size) return { prepared, sha256: hash.digest('hex') }
  await prepared.abort()
  throw new Error(`The object has ${to.size} bytes, but ${arrived} arrived: run the command again.`)
}

function replaced(key: string): Error {
  return new Error(`The object ${key} was replaced meanwhile: run the command again.`)
}

/** The journal comes first, so that every file that CKAN shows later is in it. */
async function announce(dataset: ShownDataset, file: FoundObject, record: UploadRecord, move: Move): Promise<void> {
  const { resource, key, object } = file
  await addToJournal(move.journal, {
    at: new Date().toISOString(),
    dataset: dataset.id,
    resource: resource.id,
    upload: record.id,
    before: fileFieldsOf(resource),
    source: { bucket: move.source.name, key, etag: object.etag },
  })
  if (!(await writeRecord(move.linkDeps.store, { record, etag: undefined })))
    throw new Error(`The upload ${record.id} exists already: run the command again.`)
}
