import type { JsonObject } from '@ckan-uplink/core/support'
import { uploadKeyOf } from '@ckan-uplink/core/uploads'
import type { ActionContext } from '../actions/define-action.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { type BegunFile, beginFile } from './new-file.ts'
import { isGiven } from './search.ts'

/**
 * Begins the upload of a new file with the owner, pin, name and type of another file, as CKAN shows it to the caller.
 * CKAN cannot read the facts about a file again, so a file never gets other bytes. The other file stays.
 */
export function beginReplacement(
  context: ActionContext,
  caller: KnownCaller,
  fields: JsonObject,
  shown: JsonObject,
): Promise<BegunFile> {
  const { filesStorage, keyPrefix } = context.settings
  const { id, storage, location, content_type: type, owner_type, owner_id, pinned } = shown
  if (storage !== filesStorage)
    throw refusal({
      upload: [
        `Missing value: send the bytes. The file is in the storage ${storage}, and only ${filesStorage} takes none`,
      ],
    })
  if (uploadKeyOf(keyPrefix, `${keyPrefix}${location}`)?.kind === 'resource')
    throw refusal({ id: ['This is the file of a resource: use files_resource_upload'] })
  if (!owner_type || !owner_id)
    throw refusal({ id: ['The file has no owner: give it to one, or use files_file_create'] })
  const { name, content_type: wanted, size, hash, multipart } = fields
  if (isGiven(wanted) && wanted !== type) throw refusal({ content_type: [`Expected ${type} but received ${wanted}`] })
  const file = { name: isGiven(name) ? name : shown['name'], size, hash, multipart, content_type: type }
  const replaced = { id: String(id), location: String(location), pinned: pinned === true }
  return beginFile(context, caller, { ...file, owner_type, owner_id }, replaced)
}

/** What the answer says beside the new file. */
export function noteOnReplaced({ id }: JsonObject): JsonObject {
  return {
    replaces: id,
    note: `The file gets a new id. File ${id} stays: delete it by files_file_delete when you need it no more.`,
  }
}
