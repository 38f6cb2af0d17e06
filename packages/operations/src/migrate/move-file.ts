import { setTimeout as sleep } from 'node:timers/promises'
import type { JournalEntry, Work } from '@ckan-uplink/cli/migrate'
import { type LinkDeps, messageOf } from '@ckan-uplink/core'
import type { ObjectImporter } from '@ckan-uplink/core/operations'
import { buildFileKey, identify, isResourceId, readRecord, type UploadRecord } from '@ckan-uplink/core/uploads'
import { v7 } from 'uuid'
import { type CkanFile, downloadCkanFile, readOwner } from './ckan-files.ts'
import { hashed } from './hashed.ts'
import { announce, newRecord } from './prepare-copy.ts'

/** What each step of `files migrate` needs. */
export interface FilesMove {
  readonly work: Work
  readonly linkDeps: Pick<LinkDeps, 'settings' | 'store' | 'clock'>
  readonly importer: Pick<ObjectImporter, 'write'>
  /** The path of the journal. */
  readonly journal: string
  /** The last entry of each file in the journal, from earlier runs. */
  readonly former: ReadonlyMap<string, JournalEntry>
  /** How long to wait until the linker has registered a file. */
  readonly waitMs: number
}

/** `moves`: nothing was done yet. `sent`: the linker has not registered the file yet. */
export interface MovedCkanFile {
  readonly file: CkanFile
  readonly state: 'moves' | 'left' | 'there' | 'registered' | 'sent' | 'failed'
  /** The id of the new file. */
  readonly to?: string
  readonly reason?: string
}

const POLL_MS = 500

/** Brings the file to the bucket. Without `fix`, says whether it would. */
export async function moveFile(file: CkanFile, fix: boolean, move: FilesMove): Promise<MovedCkanFile> {
  try {
    const begun = await findBegun(file, move)
    if (begun?.file?.step === 'given') return { file, state: 'there', ...withId(begun) }
    const { organization, url } = await readOwner(file, move.work)
    const reason = reasonToLeave(file, url)
    if (reason !== undefined) return { file, state: 'left', reason }
    if (!fix) return { file, state: 'moves' }
    const record = begun ?? draft(file, organization, move)
    if ((await move.linkDeps.store.head(record.key)) === undefined) await send(file, record, begun === undefined, move)
    return { file, ...(await waitForLinker(record, move)) }
  } catch (thrown) {
    move.work.signal.throwIfAborted()
    return { file, state: 'failed', reason: messageOf(thrown) }
  }
}

async function findBegun({ id }: CkanFile, { former, linkDeps }: FilesMove): Promise<UploadRecord | undefined> {
  const entry = former.get(id)
  const record = entry && (await readRecord(linkDeps.store, entry.upload))?.record
  return record?.state === 'issued' || record?.state === 'scanning' || record?.state === 'linked' ? record : undefined
}

function reasonToLeave({ id, owner_type, owner_id }: CkanFile, url: string): string | undefined {
  if (owner_type === null || owner_id === null) return 'It has no owner.'
  return url.includes(id) ? `Resource ${owner_id} shows it: it moves with the resource by migrate.` : undefined
}

function draft(
  { name, size, content_type: mimetype, owner_type, owner_id, pinned }: CkanFile,
  organization: string | undefined,
  { linkDeps }: FilesMove,
): UploadRecord {
  const [id, declared] = [v7(), { name, size, mimetype }]
  const isOwned = organization !== undefined && isResourceId(organization)
  return {
    ...newRecord({ linkDeps }),
    id,
    entity: { type: 'file', id, ...(organization !== undefined && { owner_org: organization }) },
    key: buildFileKey(linkDeps.settings.keyPrefix, {
      ...(isOwned && { organization }),
      uploadId: id,
      fileName: identify({ name, declared }).fileName,
    }),
    owner: { type: owner_type ?? '', id: owner_id ?? '', pinned },
    declared,
    // The file is on the portal already, so the limit for new files does not count.
    limits: { max_bytes: size },
  }
}

/** Sends the bytes, and writes the journal and the record before the object appears. */
async function send(file: CkanFile, record: UploadRecord, isNew: boolean, move: FilesMove): Promise<void> {
  const { work, importer } = move
  const to = { key: record.key, size: file.size, contentType: file.content_type }
  const stream = hashed(await downloadCkanFile(file, work))
  const prepared = await importer.write(stream.chunks, to)
  try {
    if (stream.size() !== file.size)
      throw new Error(`CKAN says that it has ${file.size} bytes, but ${stream.size()} arrived.`)
    if (isNew) {
      const declared = { ...record.declared, hash: `sha256:${stream.sha256()}` }
      await announce(entryOf(file), { ...record, declared }, move)
    }
  } catch (thrown) {
    await prepared.abort().catch(() => {})
    throw thrown
  }
  await prepared.complete()
}

/** The id of the file stands in the place of the resource's. */
function entryOf({ id, storage, location }: CkanFile): Omit<JournalEntry, 'at' | 'upload'> {
  return { resource: id, before: { url: '' }, source: { bucket: storage, key: location, etag: '' } }
}

async function waitForLinker(
  { id }: UploadRecord,
  { linkDeps, waitMs, work: { signal } }: FilesMove,
): Promise<Omit<MovedCkanFile, 'file'>> {
  const until = Date.now() + waitMs
  for (;;) {
    const record = (await readRecord(linkDeps.store, id))?.record
    if (record?.state === 'linked') return { state: 'registered', ...withId(record) }
    if (record?.state !== 'issued' && record?.state !== 'scanning')
      return { state: 'failed', reason: record?.reason ?? 'Its record is gone.' }
    if (record.state === 'scanning' || Date.now() >= until) return { state: 'sent' }
    await sleep(POLL_MS, undefined, { signal })
  }
}

function withId({ file }: UploadRecord): Pick<MovedCkanFile, 'to'> {
  return file?.id === undefined ? {} : { to: file.id }
}
