import { percentEncode } from '@ckan-uplink/core/support'

/**
 * Makes browsers save the file under its name, so that they do not run it on the store's origin (RFC 6266). Old clients
 * read the ASCII name, all others the full name (RFC 8187).
 */
export function contentDisposition(fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName).replace(/['()*]/gu, percentEncode)}`
}
