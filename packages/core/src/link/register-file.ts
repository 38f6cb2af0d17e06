import { messageOf, NotFoundError } from '../errors.ts'
import type { Catalog, FileOwner, FilePlace, Logger } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { ownerOf } from '../uploads/file-owner.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { RegisteredFile } from '../uploads/upload-record.ts'
import { parked, type Result, resultOfError } from './result.ts'
import type { Upload } from './upload.ts'

export interface Registrar {
  readonly settings: Pick<Settings, 'filesStorage' | 'keyPrefix'>
  readonly catalog: Pick<Catalog, 'registerFile' | 'renameFile' | 'giveFile'>
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
 * because CKAN cannot update the facts about a file when another object replaces it.
 */
export async function registerFile(
  registrar: Registrar,
  { key, parsed, stored: { record } }: Upload<UploadKey>,
  result: Result,
): Promise<Registration> {
  const { filesStorage: storage, keyPrefix } = registrar.settings
  if (result.kind !== 'linked' || parsed.kind === 'image' || parsed.uploadId === undefined) return {}
  const owner = ownerOf(record)
  if (storage === undefined || owner === undefined) return parsed.kind === 'file' ? { instead: UNREGISTRABLE } : {}
  const steps = stepsOf(registrar, owner, {
    place: { storage, location: key.slice(keyPrefix.length) },
    name: record.declared.name ?? parsed.fileName ?? '',
  })
  let file = record.file
  try {
    while (file?.step !== 'given') file = await steps(file)
    if (record.file?.step !== 'given')
      registrar.logger.log('info', 'file_registered', { [owner.type]: owner.id, file: file.id ?? null })
    return { file }
  } catch (error) {
    registrar.logger.log('warn', 'file_not_registered', { [owner.type]: owner.id, reason: messageOf(error) })
    return { ...(file && { file }), instead: resultOfError(error) }
  }
}

const UNREGISTRABLE = parked('A file without a resource needs the setting FILES_STORAGE, and a record with its owner.')

/** Returns a function that does the next step, and returns the file after it. */
function stepsOf(
  { catalog }: Registrar,
  owner: FileOwner,
  { place, name }: { readonly place: FilePlace; readonly name: string },
) {
  return async (file: RegisteredFile | undefined): Promise<RegisteredFile> => {
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
