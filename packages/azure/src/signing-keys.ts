import {
  type BlobSASSignatureValues,
  type BlobServiceClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
  type UserDelegationKey,
} from '@azure/storage-blob'
import type { Clock } from '@ckan-uplink/core'
import { HOUR_MS } from '@ckan-uplink/core/support'
import { guard } from './storage-errors.ts'

/** A key that signs SAS. */
export interface SigningKey {
  /** The storage accepts no signature of this key afterwards; absent when the key does not expire. */
  readonly expiresAt?: Date
  /** The SAS as a query, without the question mark. */
  sign(values: BlobSASSignatureValues): string
}

/** Returns the current signing key. */
export type SigningKeys = () => Promise<SigningKey>

/** Signs a service SAS with the account's own key. */
export function accountKeys(accountName: string, accountKey: string): SigningKeys {
  const credential = new StorageSharedKeyCredential(accountName, accountKey)
  return async () => ({ sign: (values) => generateBlobSASQueryParameters(values, credential).toString() })
}

/** A week at most: https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key */
const LIFE_MS = 24 * HOUR_MS
/** A URL is valid for at most an hour, so it expires before its key. */
const RENEW_BEFORE_MS = 2 * HOUR_MS
/** The storage's clock may be behind. */
const SKEW_MS = HOUR_MS / 4

/**
 * Signs a user-delegation SAS for the client's identity. Fetches a key every 22 hours. When the renewal fails, uses the
 * old key until it expires. Throws `UnavailableError` when there is no valid key.
 */
export function delegationKeys(service: BlobServiceClient, clock: Pick<Clock, 'now'>): SigningKeys {
  let current: UserDelegationKey | undefined
  let renewal: Promise<UserDelegationKey> | undefined

  async function renew(): Promise<UserDelegationKey> {
    const now = clock.now().getTime()
    const fetched = guard('give a key to sign URLs of', service.accountName, () =>
      service.getUserDelegationKey(new Date(now - SKEW_MS), new Date(now + LIFE_MS)),
    )
    current = await fetched.finally(() => {
      renewal = undefined
    })
    return current
  }

  return async () => {
    const known = current
    const remainingMs = known ? known.signedExpiresOn.getTime() - clock.now().getTime() : 0
    if (known && remainingMs > RENEW_BEFORE_MS) return signingKeyOf(service, known)
    renewal ??= renew()
    return signingKeyOf(
      service,
      await renewal.catch((error: unknown) => {
        if (known && remainingMs > 0) return known
        throw error
      }),
    )
  }
}

function signingKeyOf({ accountName }: BlobServiceClient, key: UserDelegationKey): SigningKey {
  return {
    expiresAt: key.signedExpiresOn,
    sign: (values) => generateBlobSASQueryParameters(values, key, accountName).toString(),
  }
}
