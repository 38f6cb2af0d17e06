import type { Settings } from '@ckan-uplink/core/settings'
import type { JsonObject } from '@ckan-uplink/core/support'
import { ownerOf, type UploadRecord } from '@ckan-uplink/core/uploads'
import { signedType } from '../uploads/signed-type.ts'

/** An upload in the form of CKAN's files. Its id becomes a file's id when the linker has registered it. */
export function toFile(settings: Settings, record: UploadRecord, storageData: JsonObject) {
  const { id, key, declared, requested_at: created, file } = record
  const owner = ownerOf(record)
  return {
    id: file?.id ?? id,
    name: declared.name ?? key.split('/').at(-1),
    storage: settings.filesStorage,
    location: key.slice(settings.keyPrefix.length),
    content_type: signedType(settings, record),
    size: declared.size ?? 0,
    hash: declared.hash ?? '',
    created,
    storage_data: storageData,
    owner_type: owner?.type ?? null,
    owner_id: owner?.id ?? null,
    pinned: owner?.pinned === true && file?.step === 'given',
  }
}
