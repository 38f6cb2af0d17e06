import { openStateFile, type StateFile } from './state-file.ts'

/** What is uploaded, where to, and what it is to be called, as the command line says it. */
interface Errand {
  readonly gateway: string
  readonly target: string
  readonly path: string
  readonly name: string
}

/** How far it has come. */
interface BegunUpload {
  /** The resource that it goes to; for a file of a dataset one that was made for it. */
  readonly resource: string
  /** An upload in parts, or any whose bytes have all been sent, with the file as it was then. */
  readonly upload?: {
    readonly id: string
    readonly size: number
    readonly modifiedMs: number
    readonly isSent: boolean
  }
}

/** Remembers an upload that has not come to its end. */
export type BegunUploadFile = StateFile<BegunUpload>

export function openBegunUpload({ gateway, target, path, name }: Errand): BegunUploadFile {
  return openStateFile('uploads', [gateway, target, path, name])
}
