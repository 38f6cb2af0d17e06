import { connectStorage, type SigningKeys } from '@ckan-uplink/azure'
import type { Clock } from '@ckan-uplink/core'
import { HOUR_MS } from '@ckan-uplink/core/support'
import { READER_CORS } from '../../../../infra/reader-cors.ts'
import { ACCOUNT_KEY, type Azurite, startAzurite } from './azurite.ts'

type Service = ReturnType<typeof connectStorage>['service']

/** A new container on a new Azurite that pages may read from, and both ways to sign for it. */
export interface LiveContainer {
  readonly azurite: Azurite
  /** The service with the account key, which allows everything. */
  readonly service: Service
  readonly container: ReturnType<Service['getContainerClient']>
  /** The keys of a signer whose clock is this many hours behind. */
  keysAgo(kind: KeyKind, hours: number): SigningKeys
  close(): Promise<void>
}

const { origins, methods, headers, exposed, maxAgeSeconds } = READER_CORS

/** The deployed rule for pages that read. */
export const READERS = {
  allowedOrigins: origins.join(','),
  allowedMethods: methods.join(','),
  allowedHeaders: headers.join(','),
  exposedHeaders: exposed.join(','),
  maxAgeInSeconds: maxAgeSeconds,
}

export type KeyKind = 'account key' | 'identity'

export function clockAgo(hours: number): Clock {
  return { now: () => new Date(Date.now() - hours * HOUR_MS), sleep: async () => {} }
}

export async function startContainer(services: { readonly queues?: boolean } = {}): Promise<LiveContainer> {
  const azurite = await startAzurite(services)
  const { url } = azurite
  const { service } = connectStorage({ url, accountKey: ACCOUNT_KEY, clock: clockAgo(0) })
  const container = service.getContainerClient('open-data')
  await container.create()
  await service.setProperties({ cors: [READERS] })
  const identity = { getToken: async () => ({ token: identityToken(), expiresOnTimestamp: Date.now() + HOUR_MS }) }
  return {
    azurite,
    service,
    container,
    keysAgo: (kind, hours) =>
      connectStorage({
        url,
        clock: clockAgo(hours),
        ...(kind === 'identity' ? { identity } : { accountKey: ACCOUNT_KEY }),
      }).keys,
    close: () => azurite.close(),
  }
}

/** A token like Entra's for storage, but unsigned: Azurite checks only the claims. */
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
