import type { UploadRecord } from '@ckan-uplink/core'

/** What `resource_upload` gives: a URL for the whole file, or a plan of parts. */
export interface IssuedUpload {
  readonly id: string
  readonly url: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly part_size?: number
  readonly part_count?: number
}

/** What sends one part. */
export interface SignedPart {
  readonly part_number: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** What `upload_remove` gives. */
export interface RemovedUpload {
  readonly upload: UploadRecord
  /** When the stored bytes go, or went; for people. */
  readonly bytes: string
}

/** An upload as `upload_show` gives it: its record, and what the loader says of the table. */
export interface ShownUpload extends Omit<UploadRecord, 'state'> {
  readonly state: UploadRecord['state'] | 'loaded'
  readonly load?: { readonly status: string; readonly error?: string }
}
