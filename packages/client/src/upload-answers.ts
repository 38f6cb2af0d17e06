import type { UploadRecord } from '@ckan-uplink/core/uploads'

/** The upload in the answer of `resource_upload`: a URL for the whole file, or the size and number of parts. */
export interface IssuedUpload {
  readonly id: string
  readonly url: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly part_size?: number
  readonly part_count?: number
  /** Shows the state of the upload without a token. Older gateways give none. */
  readonly status_key?: string
}

/** The pre-signed request for one part. */
export interface SignedPart {
  readonly part_number: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** The answer of `upload_remove`. */
export interface RemovedUpload {
  readonly upload: UploadRecord
  /** A sentence for people about when the stored bytes are or were removed. */
  readonly bytes: string
}

/** The answer of `upload_show`: the record of an upload, and the loader's report on the table. */
export interface ShownUpload extends Omit<UploadRecord, 'state'> {
  readonly state: UploadRecord['state'] | 'loaded'
  readonly load?: { readonly status: string; readonly error?: string }
}
