import type { LinkDeps } from '../link/link.ts'
import { ownerOf } from '../uploads/file-owner.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'

/**
 * Removes the file that the linker registered for this upload in CKAN. `false` when CKAN has given the file to another
 * owner: then the object is needed. Throws when CKAN does not answer, or does not remove the file.
 */
export async function removeFromCkan(
  { settings, catalog }: Pick<LinkDeps, 'settings' | 'catalog'>,
  record: Pick<UploadRecord, 'file' | 'entity' | 'owner'> | undefined,
): Promise<boolean> {
  if (settings.filesStorage === undefined || record?.file === undefined) return true
  const { id } = record.file
  const owner = ownerOf(record)
  return id !== undefined && owner !== undefined && (await catalog.removeFile(id, owner))
}
