import type { FileOwner } from '../ports/index.ts'
import type { UploadRecord } from './upload-record.ts'

/** To whom the linker gives the file of an upload in CKAN. `undefined` for an image. */
export function ownerOf({
  entity: { type, id },
  owner,
}: Pick<UploadRecord, 'entity' | 'owner'>): FileOwner | undefined {
  if (type === 'file') return owner
  return type === 'resource' ? { type, id, pinned: true } : undefined
}
