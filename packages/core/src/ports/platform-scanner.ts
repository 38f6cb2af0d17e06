import type { StoredObject } from './object-store.ts'

/** The scanner's result for one version of a file. `unscannable`: nothing can be said, and an operator decides. */
export type Verdict =
  | { readonly result: 'clean' }
  | { readonly result: 'infected'; readonly found: string }
  | { readonly result: 'unscannable'; readonly reason: string }

/** The virus scanner that a platform runs on its own buckets. It tags each object with what it found. */
export interface PlatformScanner {
  /** Its name, for people. */
  readonly name: string
  /**
   * The verdict on the object with exactly this ETag, by the tag that the store holds. `undefined`: there is no tag
   * yet, or the object has another ETag by now. Every failure is an `UplinkError`.
   */
  verdictOn(object: Pick<StoredObject, 'key' | 'etag'>): Promise<Verdict | undefined>
}
