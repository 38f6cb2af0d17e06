import { BlobSASPermissions, type ContainerClient, SASProtocol } from '@azure/storage-blob'
import type { Clock } from '@ckan-uplink/core'
import { encodeRfc3986 } from '@ckan-uplink/core/support'
import type { SignedRequest, UploadSigner } from '@ckan-uplink/core/uploads'
import type { SigningKeys } from './signing-keys.ts'

export interface SignerOptions {
  readonly container: ContainerClient
  readonly keys: SigningKeys
  readonly clock: Clock
}

export interface Signable {
  readonly method: SignedRequest['method']
  readonly key: string
  readonly expiresInSeconds: number
  /**
   * `r`ead, `c`reate, `w`rite:
   * https://learn.microsoft.com/rest/api/storageservices/create-service-sas#permissions-for-a-directory-container-or-blob
   */
  readonly permissions: 'r' | 'c' | 'cw'
  readonly headers?: Readonly<Record<string, string>>
  /** Parameters outside the signature. */
  readonly query?: Readonly<Record<string, string>>
  /** The headers of the answer. */
  readonly response?: {
    readonly contentDisposition?: string
    readonly contentType?: string
    readonly cacheControl?: string
  }
}

/**
 * Makes URLs with a shared access signature (SAS). A create-only URL gives no permission to overwrite, with any
 * headers. A SAS cannot contain size, type and checksum: the client sends the declared type, and the linker checks all
 * three. `expiresAt` is never later than the expiry of the signing key. Only fetching that key needs the network.
 */
export function createSigner(options: SignerOptions): UploadSigner {
  return {
    signUpload({ key, expiresInSeconds, createOnly, contentType }) {
      const headers = {
        'x-ms-blob-type': 'BlockBlob',
        ...(contentType !== undefined && { 'Content-Type': contentType }),
      }
      return sign(options, {
        method: 'PUT',
        key,
        expiresInSeconds,
        permissions: createOnly === false ? 'cw' : 'c',
        headers,
      })
    },

    signDownload({ method, key, expiresInSeconds, contentDisposition, contentType, cacheControl }) {
      const response = {
        ...(contentDisposition !== undefined && { contentDisposition }),
        ...(contentType !== undefined && { contentType }),
        ...(cacheControl !== undefined && { cacheControl }),
      }
      return sign(options, { method, key, expiresInSeconds, permissions: 'r', response })
    },
  }
}

/** Signs one request for one blob. */
export async function sign({ container, keys, clock }: SignerOptions, signable: Signable): Promise<SignedRequest> {
  const { method, key, permissions, headers = {}, query = {}, response = {} } = signable
  const signingKey = await keys()
  const expiresAt = earlier(endOf(clock.now(), signable.expiresInSeconds), signingKey.expiresAt)
  const signature = signingKey.sign({
    containerName: container.containerName,
    blobName: key,
    permissions: BlobSASPermissions.parse(permissions),
    expiresOn: expiresAt,
    ...(container.url.startsWith('https:') && { protocol: SASProtocol.Https }),
    ...response,
  })
  const others = Object.entries(query).map(([name, value]) => `${name}=${encodeRfc3986(value)}`)
  return {
    method,
    url: `${container.url}/${key.split('/').map(encodeRfc3986).join('/')}?${[...others, signature].join('&')}`,
    headers,
    expiresAt,
  }
}

/** In whole seconds, as in a SAS. */
function endOf(now: Date, expiresInSeconds: number): Date {
  return new Date((Math.floor(now.getTime() / 1000) + expiresInSeconds) * 1000)
}

function earlier(one: Date, other: Date = one): Date {
  return other < one ? other : one
}
