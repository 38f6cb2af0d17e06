/** One object as the store has it now. */
export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Without quotes. Opaque: equal ETags mean that one request put the same content, and nothing more. */
  readonly etag: string
  readonly modifiedAt: Date
  /** As the uploader declared it; do not trust it. */
  readonly contentType?: string
  /** The `Content-Encoding` that the uploader sent; readers get the bytes as they are stored. */
  readonly contentEncoding?: string
  /** SHA-256 of the whole content in lower-case hex, where the store itself has verified it. */
  readonly sha256?: string
  /** Why the store cannot return the bytes at the moment, and what to do. */
  readonly unreadable?: string
  /** Why no request that this service signs can have created this object, and what to do. */
  readonly irregular?: string
  /** Why CKAN cannot register the object as a file, and what to do. Only `head` says it. */
  readonly unregistrable?: string
}

/** Keys in a bucket. Strongly consistent; every failure is an `UplinkError`. */
export interface ObjectStore {
  /** `undefined` when there is no such object. */
  head(key: string): Promise<StoredObject | undefined>
  /** Reads at most `length` bytes from `offset` on; for small objects and first bytes. */
  get(
    key: string,
    range?: { readonly offset?: number; readonly length?: number },
  ): Promise<{ readonly object: StoredObject; readonly bytes: Uint8Array } | undefined>
  /**
   * Reads the whole object and returns its SHA-256 in lower-case hex; `undefined` when the object no longer has
   * this ETag.
   */
  sha256(key: string, etag: string): Promise<string | undefined>
  /**
   * Returns the new ETag; `undefined` when the condition does not hold, and then nothing is written. `absent` means
   * that there must be no object.
   */
  put(
    key: string,
    bytes: Uint8Array,
    options?: { readonly contentType?: string; readonly onlyIf?: { readonly etag: string } | 'absent' },
  ): Promise<string | undefined>
  /**
   * Lists all keys that start with `prefix`, ordered by their UTF-8 bytes, beginning after the key `after`. The objects
   * have no type and checksum where the store does not list them.
   */
  list(prefix: string, options?: { readonly after?: string }): AsyncIterable<StoredObject>
  /**
   * Harmless when there is no such object. A store with versions or soft delete can restore the object for some time.
   */
  remove(key: string): Promise<void>
  /**
   * Removes the object and every version of it that the store keeps. Harmless when there is none. Returns the time
   * until which the store still keeps a copy, for example by soft delete; `undefined` when it keeps none.
   */
  purge(key: string): Promise<Date | undefined>
}
