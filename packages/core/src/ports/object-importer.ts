/** An object of another bucket of the same store, as somebody has seen it. */
export interface SourceObject {
  readonly bucket: string
  readonly key: string
  readonly etag: string
  /** Bytes. */
  readonly size: number
}

/** The key and the media type of a new object. */
export interface ImportTarget {
  readonly key: string
  readonly size: number
  readonly contentType?: string | undefined
}

/** A file that the bucket can show as an object. Until then no reader and no notification finds it. */
export interface PreparedObject {
  /** Whether the store's own checksums have shown that the bytes are those of the source. */
  readonly isCompared: boolean
  /** Resolves when the object is complete. A notification follows as for an upload. */
  complete(): Promise<void>
  /** Gives the file up. Harmless at any time before `complete`. */
  abort(): Promise<void>
}

/** Brings files of other buckets to keys that no object has. Every failure of the store is an `UplinkError`. */
export interface ObjectImporter {
  /**
   * Copies inside the store, of any size. `undefined` when the source no longer has this ETag, or when the store does
   * not compare a copy that must be compared. Most stores know that before they copy.
   */
  copy(
    from: SourceObject,
    to: ImportTarget,
    options?: { readonly mustBeCompared?: boolean },
  ): Promise<PreparedObject | undefined>
  /** Sends the bytes of another store, and holds one part of them in memory. An error of `bytes` passes through. */
  write(bytes: AsyncIterable<Uint8Array>, to: ImportTarget): Promise<PreparedObject>
}
