import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import type { Clock } from '@ckan-uplink/core'
import { accountKeys, delegationKeys, type SigningKeys } from './signing-keys.ts'

/** The credential for reading, writing and signing: the account's key, or an identity. */
export type StorageOptions = { readonly url: string; readonly clock: Pick<Clock, 'now'> } & (
  | { readonly accountKey: string; readonly identity?: never }
  | { readonly identity: Identity; readonly accountKey?: never }
)

type Identity = Extract<BlobServiceClient['credential'], { readonly getToken: unknown }>

const OPTIONS = { retryOptions: { maxTries: 3, retryDelayInMs: 200 } }

/** Creates a client of the account in the endpoint, and the keys that sign its URLs. */
export function connectStorage({ url, clock, accountKey, identity }: StorageOptions): {
  readonly service: BlobServiceClient
  readonly keys: SigningKeys
} {
  if (accountKey === undefined) {
    const service = new BlobServiceClient(url, identity, OPTIONS)
    return { service, keys: delegationKeys(service, clock) }
  }
  const { accountName } = new BlobServiceClient(url)
  return {
    service: new BlobServiceClient(url, new StorageSharedKeyCredential(accountName, accountKey), OPTIONS),
    keys: accountKeys(accountName, accountKey),
  }
}
