import { openStateFile, type StateFile } from './state-file.ts'

/** What is uploaded, and where to. */
interface Errand {
  readonly gateway: string
  readonly target: string
  readonly path: string
}

/** How far it has come. */
interface BegunUpload {
  /** The resource that it goes to; for a file of a dataset one that was made for it. */
  readonly resource: string
  /** An upload in parts, and the file as it was then. */
  readonly parts?: { readonly id: string; readonly size: number; readonly modifiedMs: number }
}

/** Remembers an upload that has not come to its end. */
export type BegunUploadFile = StateFile<BegunUpload>

export function openBegunUpload({ gateway, target, path }: Errand): BegunUploadFile {
  return openStateFile('uploads', [gateway, target, path])
}
