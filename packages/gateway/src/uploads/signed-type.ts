import type { Settings } from '@ckan-uplink/core/settings'
import { identify, type UploadRecord } from '@ckan-uplink/core/uploads'
import type { ShownRecord } from './answers.ts'

/**
 * The content type that the store enforces. Where the linker registers files in CKAN, each upload of a file has
 * one: CKAN shows the type in the object's header.
 */
export function signedType(
  { filesStorage }: Pick<Settings, 'filesStorage'>,
  { entity, key, declared }: Pick<UploadRecord | ShownRecord, 'entity' | 'key' | 'declared'>,
): string | undefined {
  const isFile = entity.type === 'resource' || entity.type === 'file'
  if (declared.mimetype !== undefined || filesStorage === undefined || !isFile) return declared.mimetype
  return identify({ name: key.split('/').at(-1), declared }).mimetype
}
