import { percentEncode } from '@ckan-uplink/core/support'

/**
 * Makes browsers save the file under its name instead of running it on the store's origin (RFC 6266): the name in ASCII for old
 * clients, and as it is (RFC 8187) for all others.
 */
export function contentDisposition(fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName).replace(/['()*]/gu, percentEncode)}`
}
