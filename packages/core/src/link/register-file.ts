import { messageOf, NotFoundError } from '../errors.ts'
import type { Catalog, FileOwner, FilePlace, Logger, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { ownerOf } from '../uploads/file-owner.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { type RegisteredFile, readRecord, writeRecord } from '../uploads/upload-record.ts'
import { parked, type Result, resultOfError } from './result.ts'
import type { Candidate, Upload } from './upload.ts'

export interface Registrar {
  readonly settings: Pick<Settings, 'filesStorage' | 'keyPrefix'>
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'put'>
  readonly catalog: Pick<Catalog, 'registerFile' | 'renameFile' | 'giveFile' | 'deleteFile'>
  readonly logger: Logger
}

/** The file of a linked upload in CKAN, as far as the steps have succeeded. */
export interface Registration {
  readonly file?: RegisteredFile
  /** The result for the message when a step failed. The record of a resource's file becomes `linked` all the same. */
  readonly instead?: Result
}

/**
 * Makes a linked object a file of CKAN: registers it, gives it the name from the request, and gives it to the resource,
 * or to the owner in the record. A repeated call continues after the last step in the record. Plain keys get no file,
 * because CKAN cannot update the facts about a file when another object replaces it. Throws when the store does.
 */
export async function registerFile(
  registrar: Registrar,
  upload: Upload<UploadKey>,
  result: Result,
): Promise<Registration> {
  const { key, parsed, stored } = upload
  const { record } = stored
  const { filesStorage: storage, keyPrefix } = registrar.settings
  if (result.kind !== 'linked' || parsed.kind === 'image' || parsed.uploadId === undefined) return {}
  const owner = ownerOf(record)
  if (storage === undefined || owner === undefined) return parsed.kind === 'file' ? { instead: UNREGISTRABLE } : {}
  if (record.file?.step === 'given') return { file: record.file }
  const reason = record.file === undefined ? (await registrar.store.head(key))?.unregistrable : undefined
  if (reason !== undefined) return notRegistrable(registrar, owner, parsed, reason)
  if (parsed.kind === 'file' && !(await claim(registrar.store, upload, result.candidate))) return { instead: CHANGED }
  const registration = await takeSteps(registrar, result.candidate, {
    file: record.file,
    next: stepsOf(registrar, owner, {
      place: { storage, location: key.slice(keyPrefix.length) },
      name: record.declared.name ?? parsed.fileName ?? '',
    }),
  })
  const { file, instead } = registration
  const facts = { [owner.type]: owner.id, file: file?.id ?? null }
  if (instead) registrar.logger.log('warn', 'file_not_registered', { ...facts, reason: reasonOf(instead) })
  else registrar.logger.log('info', 'file_registered', facts)
  return registration
}

/** Only a file without a resource needs to be a file of CKAN. */
function notRegistrable(
  { logger }: Pick<Registrar, 'logger'>,
  owner: FileOwner,
  { kind }: UploadKey,
  reason: string,
): Registration {
  logger.log('warn', 'file_not_registered', { [owner.type]: owner.id, file: null, reason })
  if (kind === 'file') return { instead: { kind: 'failed', code: 'unusable_object', reason } }
  return { file: { step: 'given', reason } }
}

const UNREGISTRABLE = parked('A file without a resource needs the setting FILES_STORAGE, and a record with its owner.')

const CHANGED: Result = {
  kind: 'retry',
  cause: new Error('The upload record was changed by another linker meanwhile.'),
}

const REPLACED: Result = { kind: 'retry', cause: new Error('The object was replaced while CKAN registered it.') }

const REPLACED_FILE: Result = {
  kind: 'failed',
  code: 'unusable_object',
  reason: 'The file was deleted or replaced while CKAN registered it, so it was removed: begin a new upload.',
}

function reasonOf(result: Result): string {
  return 'reason' in result ? result.reason : messageOf('cause' in result ? result.cause : result.kind)
}

/**
 * Notes in the record which version of a file without a resource this linker registers. From then on no linker
 * registers another one. So a file that turns out to have another object is no other linker's, and can be removed.
 */
async function claim(
  store: Registrar['store'],
  upload: Upload<UploadKey>,
  { version }: Candidate<UploadKey>,
): Promise<boolean> {
  const { record, etag } = upload.stored
  if (record.claimed === version) return true
  if (!(await writeRecord(store, { record: { ...record, claimed: version }, etag }))) return false
  upload.stored = (await readRecord(store, record.id)) ?? upload.stored
  return upload.stored.record.claimed === version
}

interface Steps {
  /** The file after the last step in the record. */
  readonly file: RegisteredFile | undefined
  /** Does the next step, and returns the file after it. */
  next(file: RegisteredFile | undefined): Promise<RegisteredFile>
}

/**
 * Does all steps that are left. CKAN reads the object itself, and somebody may have deleted the file and put another
 * object to its URL. So this compares the object after each step. A file whose bytes were never verified is removed
 * from CKAN.
 */
async function takeSteps(
  { store, catalog }: Registrar,
  { upload, object }: Candidate<UploadKey>,
  steps: Steps,
): Promise<Registration> {
  let { file } = steps
  try {
    while (file?.step !== 'given') {
      file = await steps.next(file)
      if ((await store.head(upload.key))?.etag === object.etag) continue
      // The next object at a resource's URL is a new version, which the linker links.
      if (upload.parsed.kind !== 'file') return { file, instead: REPLACED }
      if (file.id === undefined) return { file }
      await deleteFile(catalog, file.id)
      return { instead: REPLACED_FILE }
    }
    return { file }
  } catch (error) {
    return { ...(file && { file }), instead: resultOfError(error) }
  }
}

async function deleteFile(catalog: Registrar['catalog'], id: string): Promise<void> {
  try {
    await catalog.deleteFile(id)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
  }
}

function stepsOf(
  { catalog }: Registrar,
  owner: FileOwner,
  { place, name }: { readonly place: FilePlace; readonly name: string },
): Steps['next'] {
  return async (file) => {
    if (file?.id === undefined) {
      const found = await catalog.registerFile(place, owner)
      // A person has given the file to somebody else.
      if (found === undefined) return { step: 'given' }
      return { id: found.id, step: found.isGiven ? 'given' : 'registered' }
    }
    const { id } = file
    try {
      if (file.step === 'registered') {
        await catalog.renameFile(id, name)
        return { id, step: 'renamed' }
      }
      await catalog.giveFile(id, owner)
      return { id, step: 'given' }
    } catch (error) {
      // A person has deleted the file, and with it the object.
      if (error instanceof NotFoundError) return { id, step: 'given' }
      throw error
    }
  }
}
