import { type UploadRecord, versionOf } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { downloadTypeOf } from './file-headers.ts'
import { identityOf } from './linked-objects.ts'
import { signFile } from './sign-file.ts'

/** Signs the URL of a linked file. `undefined` if the file was removed, or another one was put under its key. */
export async function signVersion(
  { store, signer }: Pick<GatewayDeps, 'store' | 'signer'>,
  record: UploadRecord,
  name: string,
): Promise<string | undefined> {
  const { key, linked } = record
  const object = await store.head(key)
  const version = object && (await versionOf(object.etag))
  if (version === undefined || version !== linked?.version) return undefined
  const type = downloadTypeOf(identityOf({ record, version }, name))
  return signFile(signer, 'GET', { key, cacheControl: 'private, no-store', ...type })
}
