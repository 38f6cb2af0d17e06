import type { Authorizer, Clock, Logger, ObjectStore, Settings } from '@ckan-uplink/core'
import type { MultipartSigner, UploadSigner } from '@ckan-uplink/core/uploads'
import type { ByteRange } from './files/byte-range.ts'
import type { RateLimits } from './http/rate-limits.ts'

/** What a cloud gives the gateway to work with. */
export interface GatewayDeps {
  readonly settings: Settings
  readonly authorizer: Authorizer
  readonly store: ObjectStore
  readonly signer: UploadSigner
  readonly multipart: MultipartSigner
  readonly clock: Clock
  readonly logger: Logger
  /** The lines of `/readyz` by name: each resolves to a short description or rejects with the reason. */
  readonly checks: Readonly<Record<string, () => Promise<string>>>
  /** The platform's own counters of requests; those that it lacks are kept in memory, for each instance by itself. */
  readonly rateLimits?: Partial<RateLimits>
  /**
   * The caller's address as the platform reports it, never as a header says that the caller can set;
   * `undefined` where the platform reports none.
   */
  readonly addressOf?: ((request: Request) => string | undefined) | undefined
  /**
   * Streams the object with this ETag, or one range of it; `undefined` when it is gone or another one took its place. Where the
   * platform can't answer with large bodies, this is absent, and the public host redirects to signed URLs.
   */
  readonly openFile?:
    | ((
        key: string,
        wanted: { readonly etag: string; readonly range?: ByteRange },
      ) => Promise<ReadableStream<Uint8Array> | undefined>)
    | undefined
  /** Whether the URLs of requests say how they came, so that `http:` can be refused where the gateway's own address is `https:`. */
  readonly seesProtocol?: boolean
  /** Reaches CKAN for the actions that the gateway doesn't own; the global `fetch` when absent. */
  readonly fetch?: typeof fetch
}
