import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

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
  readonly upload?: { readonly id: string; readonly size: number; readonly modifiedMs: number; readonly isSent: boolean }
}

/** Remembers an upload that has not come to its end, over crashes: a small file without any secret. */
export interface BegunUploadFile {
  read(): Promise<BegunUpload | undefined>
  write(begun: BegunUpload): Promise<void>
  remove(): Promise<void>
}

/** Below the folder for state that the XDG specification names: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function openBegunUpload({ gateway, target, path, name }: Errand, env: Readonly<Record<string, string | undefined>> = process.env): BegunUploadFile {
  const folder = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'ckan-uplink', 'uploads')
  const file = join(
    folder,
    createHash('sha256')
      .update(JSON.stringify([gateway, target, path, name]))
      .digest('hex'),
  )
  return {
    async read() {
      try {
        return JSON.parse(await readFile(file, 'utf8'))
      } catch {
        return undefined
      }
    },
    async write(begun) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const draft = `${file}.${process.pid}`
      await writeFile(draft, JSON.stringify(begun), { mode: 0o600 })
      await rename(draft, file)
    },
    remove: () => rm(file, { force: true }),
  }
}
