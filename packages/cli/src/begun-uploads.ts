import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What tells one upload from another: the same file, unchanged, to the same place. */
interface Upload {
  readonly gateway: string
  readonly target: string
  readonly path: string
  readonly size: number
  readonly modifiedMs: number
}

/** Remembers uploads in parts that were begun, over crashes: one small file each, without any secret. */
interface BegunUploads {
  find(upload: Upload): Promise<string | undefined>
  remember(upload: Upload, id: string): Promise<void>
  forget(upload: Upload): Promise<void>
}

/** Below the folder for state that the XDG specification names: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function openBegunUploads(env: Readonly<Record<string, string | undefined>> = process.env): BegunUploads {
  const folder = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'ckan-uplink', 'uploads')
  const fileOf = (upload: Upload) => join(folder, createHash('sha256').update(JSON.stringify(upload)).digest('hex'))
  return {
    find: async (upload) => (await readFile(fileOf(upload), 'utf8').catch(() => '')) || undefined,
    async remember(upload, id) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(fileOf(upload), id, { mode: 0o600 })
    },
    forget: (upload) => rm(fileOf(upload), { force: true }),
  }
}
