/**
 * The part of a Worker's R2 binding that is used here.
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
  /** `null`: the condition didn't hold. */
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

/** What R2 knows of an object without its content. */
export interface R2Object {
  readonly key: string
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  readonly uploaded: Date
  readonly httpMetadata?: { readonly contentType?: string }
  /** Those that R2 itself has verified. */
  readonly checksums: { readonly sha256?: ArrayBuffer }
}

interface R2ObjectBody extends R2Object {
  /** Absent when the condition didn't hold. */
  readonly body?: ReadableStream<Uint8Array>
  arrayBuffer(): Promise<ArrayBuffer>
}
