/**
 * The used part of a Worker's R2 binding.
 * https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
 */
export interface R2Bucket {
  head(key: string): Promise<R2Object | null>
  get(
    key: string,
    options?: {
      readonly range?: { readonly offset?: number; readonly length?: number }
      readonly onlyIf?: { readonly etagMatches: string }
    },
  ): Promise<R2ObjectBody | null>
  /** `null` when the condition does not hold. */
  put(
    key: string,
    value: Uint8Array,
    options?: {
      readonly httpMetadata?: { readonly contentType?: string }
      readonly onlyIf?: { readonly etagMatches?: string; readonly etagDoesNotMatch?: string }
    },
  ): Promise<R2Object | null>
  list(options: {
    readonly prefix: string
    readonly startAfter?: string
    readonly cursor?: string
    readonly include: readonly 'httpMetadata'[]
  }): Promise<{ readonly objects: readonly R2Object[]; readonly truncated: boolean; readonly cursor?: string }>
  delete(key: string): Promise<void>
}

/** The properties of an object in R2. */
export interface R2Object {
  readonly key: string
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  readonly uploaded: Date
  readonly httpMetadata?: { readonly contentType?: string; readonly contentEncoding?: string }
  /** Checksums that R2 itself has verified. */
  readonly checksums: { readonly sha256?: ArrayBuffer }
}

interface R2ObjectBody extends R2Object {
  /** Absent when the condition does not hold. */
  readonly body?: ReadableStream<Uint8Array>
  arrayBuffer(): Promise<ArrayBuffer>
}
