import type { Settings } from '@ckan-uplink/core/settings'
import type { JsonObject } from '@ckan-uplink/core/support'
import type { UploadRecord } from '@ckan-uplink/core/uploads'
import { signedType } from '../uploads/signed-type.ts'

/** An upload in the form of CKAN's files. Its id becomes a file's id when the linker has registered it. */
export function toFile(settings: Settings, record: UploadRecord, storageData: JsonObject) {
  const { id, key, declared, entity, requested_at: created, file } = record
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
    owner_type: entity.type,
    owner_id: entity.id,
    pinned: file?.step === 'given',
  }
}
