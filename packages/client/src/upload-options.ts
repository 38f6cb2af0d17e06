import type { Act, Connection } from './actions.ts'
import type { Transport } from './transports.ts'
import type { IssuedUpload } from './upload-answers.ts'

interface NoTarget {
  readonly resource?: never
  readonly dataset?: never
  readonly title?: never
  readonly resume?: never
  readonly issued?: never
}
type Only<Fields> = Fields & Omit<NoTarget, keyof Fields>

/** An upload that `dataset_upload` returned for a file. */
export interface Issued {
  readonly resource: string
  readonly upload: IssuedUpload
}

/** The destination of a file. */
export type Target =
  /** The id of an existing resource. */
  | Only<{ readonly resource: string }>
  /** A new resource in a dataset, given by id or name. `title` is the resource's name. Default: the file's name. */
  | Only<{ readonly dataset: string; readonly title?: string }>
  /** The id of an interrupted multipart upload. */
  | Only<{ readonly resume: string }>
  /** An upload that was issued before. Give the same name, format and checksum again: a later attempt declares them. */
  | Only<{ readonly issued: Issued }>

/** Runs `send`, which sends this many bytes, as soon as it may start. */
export type Gate = (bytes: number, send: () => Promise<void>) => Promise<void>

export interface Progress {
  /** Bytes sent so far. The number falls if bytes must be sent again. */
  readonly sent: number
  readonly total: number
}

/** An upload that the gateway has issued. Keep it to resume the upload after a crash. */
export interface Begun {
  readonly id: string
  readonly resource: string
  /** Whether it is a multipart upload. An upload in one piece cannot be resumed. */
  readonly resumable: boolean
  /** Shows the state of the upload without a token. Older gateways give none. */
  readonly statusKey?: string | undefined
}

export interface Uploaded {
  /** The id of the upload, for `show` and `waitFor`. */
  readonly id: string
  readonly resource: string
}

export type UploadOptions = Target & {
  /** The file's name with its extension, which decides the format. Default: the name of a `File`. */
  readonly name?: string | undefined
  readonly mimetype?: string | undefined
  /** The format in CKAN's terms, such as `CSV`. */
  readonly format?: string | undefined
  /**
   * SHA-256 of the content as `sha256:<hex>`, or `true` to compute it, which reads the file once before it is sent. The
   * checksum is declared before the URL is signed, so that the store or the linker rejects any other content.
   */
  readonly checksum?: string | boolean | undefined
  /** What CKAN shows for the resource. The file is linked only if both are still the same. Not for `resume`. */
  readonly replaces?: { readonly url: string; readonly last_modified?: string | null } | undefined
  /** Whether to upload in parts. Default: the gateway decides by the size. */
  readonly multipart?: boolean | undefined
  /**
   * Whether to complete an upload in parts. Default: true. With `false`, the parts wait at the store, and nothing is
   * linked before `upload_complete`.
   */
  readonly complete?: boolean | undefined
  /** How many parts to send at the same time. Default: 4. */
  readonly partsAtOnce?: number | undefined
  /**
   * Decides when each request with bytes starts. Uploads that share one share its limits. Default: they start at once.
   */
  readonly gate?: Gate | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /**
   * Called and awaited after a new resource is created and before its upload begins. If the upload fails, the resource
   * stays empty.
   */
  readonly onCreate?: ((resource: string) => unknown) | undefined
  /** Called and awaited before any byte is sent. Called again if a file in one piece gets another URL. */
  readonly onBegin?: ((begun: Begun) => unknown) | undefined
  /** Stops the upload. A multipart upload can be resumed. */
  readonly signal?: AbortSignal | undefined
}

export interface UploadDeps extends Connection {
  readonly act: Act
  readonly stallMs: number
  readonly transport: Transport
}
