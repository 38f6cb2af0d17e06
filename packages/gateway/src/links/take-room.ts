import { NotAllowedError, type ObjectStore } from '@ckan-uplink/core'
import { HTTPException } from 'hono/http-exception'
import { refusal } from '../http/validate.ts'
import { readLink, type UploadLink, writeLink } from './upload-link.ts'

const ATTEMPTS = 8

/**
 * Takes one file of this size from what a link allows, by compare-and-set. So requests at the same moment cannot take
 * more together. Nothing gives it back: a cancelled file counts too.
 */
export async function takeRoom(store: Pick<ObjectStore, 'get' | 'put'>, id: string, size: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = await readLink(store, id)
    if (stored === undefined || stored.link.revoked) throw new NotAllowedError('This upload link was revoked.')
    const { link, etag } = stored
    requireRoom(link, size)
    if (await writeLink(store, { link: { ...link, files: link.files + 1, bytes: link.bytes + size }, etag })) return
  }
  throw new HTTPException(503, { message: 'Many files begin by this upload link at once. Try again in a moment.' })
}

/** Throws `RefusedError` for a file that is too much for the link. */
export function requireRoom({ files, bytes, max_files, max_bytes }: UploadLink, size: number): void {
  if (files >= max_files) throw refusal({ files: [`This upload link takes ${max_files} files, and all have begun`] })
  if (bytes + size > max_bytes)
    throw refusal({ size: [`This upload link takes ${max_bytes - bytes} more bytes, and the file has ${size}`] })
}
