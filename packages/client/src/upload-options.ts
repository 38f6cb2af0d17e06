import type { Act, Connection } from './actions.ts'
import type { Transport } from './transports.ts'

/** Where a file goes. */
export type Target =
  /** The id of a resource that is there. */
  | { readonly resource: string; readonly dataset?: never; readonly resume?: never }
  /** A new resource of a dataset, which is given by id or name. `title` is what it is called; the file's name when absent. */
  | { readonly dataset: string; readonly title?: string; readonly resource?: never; readonly resume?: never }
  /** The id of an upload in parts that was cut short. */
  | { readonly resume: string; readonly resource?: never; readonly dataset?: never }

export interface Progress {
  /** Bytes that have gone; fewer than before when some have to be sent again. */
  readonly sent: number
  readonly total: number
}

/** An upload that the gateway has announced: what to keep, so as to go on with it after a crash. */
export interface Begun {
  readonly id: string
  readonly resource: string
  /** Whether it is in parts. One in a single piece can only be begun anew. */
  readonly resumable: boolean
}

export interface Uploaded {
  /** The upload's, for `show` and `waitFor`. */
  readonly id: string
  readonly resource: string
}

export type UploadOptions = Target & {
  /** With its extension, which tells the format; a `File`'s own name when absent. */
  readonly name?: string | undefined
  readonly mimetype?: string | undefined
  /** In CKAN's words, such as `CSV`. */
  readonly format?: string | undefined
  /**
   * SHA-256 of the content, as `sha256:<hex>`, or `true` to have it computed, which reads the file once before it is sent: it is
   * declared before the URL is signed, so that the store, or the linker, takes nothing else.
   */
  readonly checksum?: string | boolean | undefined
  /** Whether to upload in parts; the gateway decides by the size when absent. */
  readonly multipart?: boolean | undefined
  /** 4 when absent. */
  readonly partsAtOnce?: number | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Awaited once the new resource of a dataset is there, before anything is asked for it: one whose file never comes stays empty. */
  readonly onCreate?: ((resource: string) => unknown) | undefined
  /** Awaited before any byte is sent; called again when a file in one piece goes to another URL. */
  readonly onBegin?: ((begun: Begun) => unknown) | undefined
  /** Stops the upload where it is; one in parts can be resumed. */
  readonly signal?: AbortSignal | undefined
}

export interface UploadDeps extends Connection {
  readonly act: Act
  readonly stallMs: number
  readonly transport: Transport
}
