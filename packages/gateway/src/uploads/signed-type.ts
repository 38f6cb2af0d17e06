import type { Settings } from '@ckan-uplink/core/settings'
import { identify, type UploadRecord } from '@ckan-uplink/core/uploads'
import type { ShownRecord } from './answers.ts'

/**
 * The content type that the store enforces. Where the linker registers files in CKAN, each upload of a resource has
 * one: CKAN shows the type in the object's header.
 */
export function signedType(
  { filesStorage }: Pick<Settings, 'filesStorage'>,
  { entity, key, declared }: Pick<UploadRecord | ShownRecord, 'entity' | 'key' | 'declared'>,
): string | undefined {
  if (declared.mimetype !== undefined || filesStorage === undefined || entity.type !== 'resource')
    return declared.mimetype
  return identify({ name: key.split('/').at(-1), declared }).mimetype
}
