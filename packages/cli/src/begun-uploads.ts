import { openStateFile, type StateFile } from './state-file.ts'

/** One file of one command line: its path, its name in CKAN and its destination. */
interface Subject {
  readonly gateway: string
  readonly target: string
  readonly path: string
  readonly name: string
}

/** The progress of an upload that may be interrupted. */
interface BegunUpload {
  /** The resource of the upload. With `--dataset` it was created for this file. */
  readonly resource: string
  /**
   * Set for a multipart upload, and for any upload whose bytes were all sent. `size` and `modifiedMs` are the file's.
   */
  readonly upload?: {
    readonly id: string
    readonly size: number
    readonly modifiedMs: number
    readonly isSent: boolean
  }
}

/** Remembers an upload that is not finished. */
export type BegunUploadFile = StateFile<BegunUpload>

export function openBegunUpload({ gateway, target, path, name }: Subject): BegunUploadFile {
  return openStateFile('uploads', [gateway, target, path, name])
}
