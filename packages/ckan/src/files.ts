import { type Catalog, type FileOwner, type FilePlace, NotFoundError, RefusedError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import { errorsOf } from './ckan-errors.ts'

/** What a call of CKAN's Action API returns. */
type Act = (action: string, params: object) => Promise<unknown>

/** The names of the same actions in ckanext-files and in CKAN 2.12. */
const APIS = [
  {
    register: 'files_file_register',
    rename: 'files_file_rename',
    give: 'files_transfer_ownership',
    scan: 'files_file_scan',
    show: 'files_file_show',
    remove: 'files_file_delete',
  },
  {
    register: 'file_register',
    rename: 'file_rename',
    give: 'file_ownership_transfer',
    scan: 'file_owner_scan',
    show: 'file_show',
    remove: 'file_delete',
  },
] as const

/** A file is looked for among so many files of one owner, the newest first. */
const MOST_FILES = 1000

/** CKAN's files with the service's own token. Registering needs a token of a sysadmin. */
export type CkanFiles = Pick<
  Catalog,
  'registerFile' | 'renameFile' | 'giveFile' | 'readFile' | 'removeFile' | 'deleteFile'
>

export function createFiles(act: Act): CkanFiles {
  let api: (typeof APIS)[number] | undefined

  /** Calls the action by the name that this CKAN has. */
  async function call(name: keyof (typeof APIS)[number], params: object): Promise<JsonObject> {
    for (const candidate of api ? [api] : APIS) {
      try {
        const result = await act(candidate[name], params)
        api = candidate
        return isObject(result) ? result : {}
      } catch (thrown) {
        if (!isUnknownAction(thrown)) {
          api = candidate
          throw thrown
        }
      }
    }
    throw new RefusedError(
      'This CKAN has no files: install ckanext-files, use CKAN 2.12, or remove the setting FILES_STORAGE.',
    )
  }

  async function findFile(owner: JsonObject, { storage, location }: FilePlace) {
    const { results } = await call('scan', { ...owner, rows: MOST_FILES, sort: [['created', 'desc']] })
    const files = Array.isArray(results) ? results.filter(isObject) : []
    const id = files.find((file) => file['storage'] === storage && file['location'] === location)?.['id']
    return typeof id === 'string' ? id : undefined
  }

  async function findRegistered(place: FilePlace, { type, id }: FileOwner) {
    const looks = [
      { owner: { owner_type: type, owner_id: id }, isGiven: true },
      { owner: { owner_type: 'user', owner_id: '' }, isGiven: false },
    ]
    // The service itself may be the user who owns the file, so its own files come first.
    for (const { owner, isGiven } of type === 'user' ? looks.reverse() : looks) {
      const found = await findFile(owner, place)
      if (found !== undefined) return { id: found, isGiven }
    }
    return undefined
  }

  const readFile: CkanFiles['readFile'] = async (id) => {
    try {
      const { storage, location, owner_type, owner_id, pinned } = await call('show', { id })
      const owner = { type: String(owner_type), id: String(owner_id), pinned: pinned === true }
      return { storage: String(storage), location: String(location), owner }
    } catch (thrown) {
      if (thrown instanceof NotFoundError) return undefined
      throw thrown
    }
  }

  return {
    async registerFile(place, owner) {
      try {
        const { id } = await call('register', place)
        return { id: String(id), isGiven: false }
      } catch (thrown) {
        if (thrown instanceof NotFoundError) throw noObject(place, thrown)
        if (!(thrown instanceof RefusedError) || !isRegistered(thrown)) throw thrown
        return findRegistered(place, owner)
      }
    },
    async renameFile(id, name) {
      await call('rename', { id, name })
    },
    async giveFile(id, { type, id: owner, pinned }) {
      try {
        await call('give', { id, owner_type: type, owner_id: owner, pin: pinned })
      } catch (thrown) {
        if (thrown instanceof NotFoundError && (await readFile(id)) !== undefined)
          throw noOwner({ type, id: owner }, id, thrown)
        if (!(thrown instanceof RefusedError) || !('force' in errorsOf(thrown))) throw thrown
      }
    },
    readFile,
    async removeFile(id, owner) {
      const shown = await readFile(id)
      if (shown && (shown.owner.type !== owner.type || shown.owner.id !== owner.id)) return false
      try {
        if (shown) await call('remove', { id })
      } catch (thrown) {
        if (!(thrown instanceof NotFoundError)) throw thrown
      }
      return true
    },
    async deleteFile(id) {
      await call('remove', { id })
    },
  }
}

function isUnknownAction(thrown: unknown): boolean {
  return (
    thrown instanceof RefusedError &&
    thrown.details['status'] === 400 &&
    thrown.message.includes('Action name not known')
  )
}

function isRegistered(refused: RefusedError): boolean {
  return JSON.stringify(errorsOf(refused)['location'] ?? '').includes('already registered')
}

function noOwner({ type, id }: Pick<FileOwner, 'type' | 'id'>, file: string, cause: Error): RefusedError {
  return new RefusedError(
    `CKAN has no ${type} ${id}, to which file ${file} shall belong: give the file to somebody in CKAN, or delete it.`,
    { cause },
  )
}

function noObject({ storage, location }: FilePlace, cause: Error): RefusedError {
  return new RefusedError(
    `CKAN's storage ${storage} has no object ${JSON.stringify(location)}: give the storage the bucket of FILES_STORAGE, and the KEY_PREFIX as its path.`,
    { cause },
  )
}
