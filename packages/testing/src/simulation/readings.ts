import { createHash } from 'node:crypto'
import { parseLinkedUrl, type UploadRecord } from '@ckan-uplink/core/uploads'
import { settings } from './simulation.ts'

/** As core works it out, but at once. */
export function versionOfEtag(etag: string): string {
  return createHash('sha256').update(etag).digest('hex').slice(0, 16)
}

export function ownOf(url: string): { readonly uploadId?: string; readonly version: string } | undefined {
  return parseLinkedUrl(settings, url)
}

export function recordOf(bytes: Uint8Array | undefined): UploadRecord | undefined {
  return bytes && JSON.parse(new TextDecoder().decode(bytes))
}
