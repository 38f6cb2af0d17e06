import type { SignedRequest } from './upload-signer.ts'

/** One upload in parts at the store. The store chooses `id`; it is opaque. */
export interface MultipartUpload {
  readonly key: string
  readonly id: string
}

export interface UploadedPart {
  /** Starts at 1. */
  readonly partNumber: number
  readonly size: number
}

/** The limits of a store. The last part may be smaller than `minPartBytes`. */
export interface MultipartLimits {
  readonly maxParts: number
  readonly minPartBytes: number
  readonly maxPartBytes: number
  /** Present where it is less than `maxParts` times `maxPartBytes`. */
  readonly maxObjectBytes?: number
}

/**
 * Uploads in parts, for files that are too large for one request or that clients want to resume. Only the store knows
 * which parts have arrived. All parts except the last have the same size. A part that is sent again replaces the
 * earlier one. Every failure is an `UplinkError`.
 */
export interface MultipartSigner {
  readonly limits: MultipartLimits
  /** Present where the URL of a part can replace the complete object until the URL expires. */
  readonly partUrlsStayOpen?: true
  /** Begins an upload and returns its id. The complete object has the given type. */
  begin(upload: { readonly key: string; readonly contentType?: string }): Promise<string>
  /** Signs the request for one part, and its size where the store can enforce it. Needs no network. */
  signPart(
    part: MultipartUpload & { readonly partNumber: number; readonly size: number; readonly expiresInSeconds: number },
  ): Promise<SignedRequest>
  /**
   * The parts that have arrived, in the order of their numbers; `undefined` when the store does not know the upload
   * because it is complete, aborted or expired.
   */
  listParts(upload: MultipartUpload): Promise<readonly UploadedPart[] | undefined>
  /** Makes the object from all parts that have arrived; `undefined` as in `listParts`. */
  complete(upload: MultipartUpload & { readonly contentType?: string }): Promise<{ readonly etag: string } | undefined>
  /** Drops the parts. Harmless when it is repeated, and after `complete`. */
  abort(upload: MultipartUpload): Promise<void>
}
