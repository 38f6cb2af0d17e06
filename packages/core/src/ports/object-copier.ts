import type { StoredObject } from './object-store.ts'

/** Copies objects inside the bucket. The bytes do not pass through this program. Every failure is an `UplinkError`. */
export interface ObjectCopier {
  /** The largest object that can be copied while a caller waits. */
  readonly maxBytes: number
  /**
   * Copies the object with this ETag, with its media type, to a key that no object has. `false` when there is no such
   * object. A notification follows as for an upload. Some stores complete the copy after the answer.
   */
  copy(from: Pick<StoredObject, 'key' | 'etag' | 'size' | 'contentType'>, to: string): Promise<boolean>
}
