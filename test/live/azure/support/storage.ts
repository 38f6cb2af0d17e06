import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { accountKeys, delegationKeys, type SigningKeys } from '@ckan-uplink/azure'
import type { Clock } from '@ckan-uplink/core'
import { ACCOUNT, ACCOUNT_KEY, type Azurite, startAzurite } from './azurite.ts'

const HOUR_MS = 3_600_000

/** A container of its own on an Azurite of its own, and both ways to sign for it. */
export interface LiveContainer {
  readonly azurite: Azurite
  readonly container: ContainerClient
  /** Of a signer that many hours behind. */
  keysAgo(kind: KeyKind, hours: number): SigningKeys
  close(): Promise<void>
}

export type KeyKind = 'account key' | 'identity'

export function clockAgo(hours: number): Clock {
  return { now: () => new Date(Date.now() - hours * HOUR_MS), sleep: async () => {} }
}

export async function startContainer(): Promise<LiveContainer> {
  const azurite = await startAzurite()
  const container = new BlobServiceClient(azurite.url, new StorageSharedKeyCredential(ACCOUNT, ACCOUNT_KEY)).getContainerClient('open-data')
  await container.create()
  const asIdentity = new BlobServiceClient(azurite.url, { getToken: async () => ({ token: identityToken(), expiresOnTimestamp: Date.now() + HOUR_MS }) })
  return {
    azurite,
    container,
    keysAgo: (kind, hours) => (kind === 'account key' ? accountKeys(ACCOUNT, ACCOUNT_KEY) : delegationKeys(asIdentity, clockAgo(hours))),
    close: () => azurite.close(),
  }
}

/** What Entra would issue for storage, unsigned: Azurite looks at the claims alone. */
export function identityToken(): string {
  const now = Math.floor(Date.now() / 1000)
  const tenant = '00000000-0000-0000-0000-000000000001'
  const claims = {
    aud: 'https://storage.azure.com',
    iss: `https://sts.windows.net/${tenant}/`,
    iat: now,
    nbf: now - 60,
    exp: now + 3600,
    oid: tenant,
    tid: tenant,
    ver: '1.0',
  }
  return `${[{ alg: 'none', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}
