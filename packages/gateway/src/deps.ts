import type { Authorizer, Clock, Logger, ObjectStore, PublishEvent } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import type { MultipartSigner, ObjectCopier, UploadSigner } from '@ckan-uplink/core/uploads'
import type { ByteRange } from './files/byte-range.ts'
import type { RateLimits } from './http/rate-limits.ts'
import type { StaticFiles } from './static/static-files.ts'

/** The ports and settings that a cloud provides to the gateway. */
export interface GatewayDeps {
  readonly settings: Settings
  readonly authorizer: Authorizer
  readonly store: ObjectStore
  readonly signer: UploadSigner
  readonly multipart: MultipartSigner
  readonly copier: ObjectCopier
  readonly clock: Clock
  readonly logger: Logger
  /** Tells receivers that a file was withdrawn. Absent: there are none. */
  readonly publishEvent?: PublishEvent | undefined
  /** The lines of `/readyz` by name: each resolves to a short description or rejects with the reason. */
  readonly checks: Readonly<Record<string, () => Promise<string>>>
  /**
   * The files that deploy beside the gateway. Absent: it has no `/openapi.json`, and CKAN answers every `help_show`.
   */
  readonly staticFiles?: StaticFiles | undefined
  /** The secrets that the gateway shares with CKAN's plugin, the present one first. Absent: no grant is valid. */
  readonly grantSecrets?: (() => Promise<readonly string[]>) | undefined
  /** The platform's own request counters. Each instance keeps missing counters in its memory. */
  readonly rateLimits?: Partial<RateLimits>
  /**
   * The caller's address as the platform reports it, never from a header that the caller can set.
   * `undefined` if the platform reports no address.
   */
  readonly addressOf?: ((request: Request) => string | undefined) | undefined
  /**
   * Streams the object with this ETag, or one range of it. `undefined` if the object is gone or was replaced. Without
   * it the gateway redirects all readers to signed URLs.
   */
  readonly openFile?:
    | ((
        key: string,
        wanted: { readonly etag: string; readonly range?: ByteRange },
      ) => Promise<ReadableStream<Uint8Array> | undefined>)
    | undefined
  /** The largest body that `openFile` can send. For larger bodies the gateway redirects. Default: any size. */
  readonly maxStreamedBytes?: number
  /** Whether the public host redirects even where `openFile` could send the file. */
  readonly redirectsPublicFiles?: boolean
  /**
   * Whether request URLs show the real protocol. If so, the gateway refuses `http:` when its own address is `https:`.
   */
  readonly seesProtocol?: boolean
  /** Calls CKAN for actions that the gateway does not own. Default: the global `fetch`. */
  readonly fetch?: typeof fetch
}
