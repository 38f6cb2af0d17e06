import { type LinkDeps, link } from '../link/link.ts'
import type { Outcome } from '../notifications/outcome.ts'
import type { ObjectStore, StoredObject } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { inBatches } from '../support/batches.ts'
import { createLimiter } from '../support/limiter.ts'
import { uploadKeyOf } from '../uploads/image-keys.ts'
import { readRecord, recordIdOf, type UploadRecord } from '../uploads/upload-record.ts'

const BATCH = 100

/** An object below the key prefix, and its file in CKAN. */
export interface ScannedFile {
  readonly key: string
  readonly size: number
  /**
   * `tracked`: CKAN has the file. `untracked`: the object was linked, and the linker has not registered it, or not to
   * the end. `theirs`: CKAN had the file already, for another owner, or has it no more. `unlinked`: no resource showed
   * the object and no file of CKAN was made of it, or it is at a plain key. `unregistrable`: CKAN cannot have a file of
   * it, for the `reason`.
   */
  readonly state: 'tracked' | 'untracked' | 'theirs' | 'unlinked' | 'unregistrable'
  /** The id of the file in CKAN. */
  readonly file?: string
  readonly reason?: string
}

interface ScanDeps {
  readonly settings: Pick<Settings, 'keyPrefix' | 'storeConcurrency'>
  readonly store: Pick<ObjectStore, 'list' | 'get'>
}

/** Streams every object below the key prefix with its file in CKAN, by the upload records. It makes no call of CKAN. */
export async function* scanFiles(deps: ScanDeps): AsyncGenerator<ScannedFile> {
  const limit = createLimiter(deps.settings.storeConcurrency)
  for await (const objects of inBatches(deps.store.list(deps.settings.keyPrefix), BATCH))
    yield* await Promise.all(objects.map((object) => limit(() => scanObject(deps, object))))
}

/** The result for an untracked object: its file in CKAN, or the linker's outcome. */
export interface Registered {
  readonly key: string
  readonly size: number
  readonly file?: string
  readonly outcome: Outcome
}

/**
 * Registers untracked objects in CKAN, as far as CKAN shows them: the linker handles them as listed objects. An object
 * in whose place CKAN shows another file is not registered.
 */
export async function* registerFiles(deps: LinkDeps): AsyncGenerator<Registered> {
  for await (const batch of inBatches(untracked(scanFiles(deps)), BATCH)) {
    const { bucket } = deps.settings
    const outcomes = await link(
      deps,
      batch.map(({ key }) => ({ bucket, key, kind: 'listed' })),
    )
    for (const [index, { key, size }] of batch.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) continue
      const { state, file } = await scanObject(deps, { key, size })
      yield { key, size, outcome, ...(state === 'tracked' && file !== undefined && { file }) }
    }
  }
}

async function* untracked(files: AsyncIterable<ScannedFile>): AsyncGenerator<ScannedFile> {
  for await (const file of files) if (file.state === 'untracked') yield file
}

async function scanObject(
  { settings, store }: ScanDeps,
  { key, size }: Pick<StoredObject, 'key' | 'size'>,
): Promise<ScannedFile> {
  const parsed = uploadKeyOf(settings.keyPrefix, key)
  const record = parsed?.uploadId !== undefined ? (await readRecord(store, recordIdOf(parsed)))?.record : undefined
  return { key, size, ...fileOf(record?.key === key ? record : undefined) }
}

function fileOf(record: UploadRecord | undefined): Pick<ScannedFile, 'state' | 'file' | 'reason'> {
  if (record?.state !== 'linked') return { state: 'unlinked' }
  const { id, step, reason } = record.file ?? {}
  if (reason !== undefined) return { state: 'unregistrable', reason }
  if (step !== 'given') return { state: 'untracked' }
  return id === undefined ? { state: 'theirs' } : { state: 'tracked', file: id }
}
