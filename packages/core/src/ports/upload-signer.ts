/** The exact request that a client has to send, apart from the body. The URL is a secret. */
export interface SignedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

/** An HTML form that puts one file by POST: the fields in this order, then a field `file`. The fields are a secret. */
export interface SignedForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** Makes URLs that allow one operation on one key for a limited time. Signing needs no network. */
export interface UploadSigner {
  /**
   * Signs all given values, so that the store enforces them as far as it can. `createOnly` refuses to overwrite.
   * `'by-url'` refuses only where the URL alone enforces it, so that the client needs no header for it.
   */
  signUpload(upload: {
    readonly key: string
    readonly expiresInSeconds: number
    readonly createOnly: boolean | 'by-url'
    readonly size?: number
    readonly contentType?: string
    /** Lower-case hex. */
    readonly sha256?: string
  }): Promise<SignedRequest>
  /**
   * Signs a form for a file of this type with at most `maxBytes`. The store enforces both. It answers 200. Absent where
   * the store has no such forms.
   */
  signForm?(form: {
    readonly key: string
    readonly expiresInSeconds: number
    readonly maxBytes: number
    readonly contentType: string
  }): Promise<SignedForm>
  /** The store's answer has the given headers. */
  signDownload(download: {
    readonly method: 'GET' | 'HEAD'
    readonly key: string
    readonly expiresInSeconds: number
    readonly contentDisposition?: string
    readonly contentType?: string
    readonly cacheControl?: string
  }): Promise<SignedRequest>
}
