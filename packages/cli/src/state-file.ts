import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A small file that keeps a command's state across crashes. It never holds secrets. */
export interface StateFile<T> {
  read(): Promise<T | undefined>
  write(value: T): Promise<void>
  remove(): Promise<void>
}

/**
 * Opens the state file of `kind` for `subject`. The file is in the XDG state folder, and a hash of the subject is its name:
 * https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function openStateFile<T>(
  kind: string,
  subject: unknown,
  env: Readonly<Record<string, string | undefined>> = process.env,
): StateFile<T> {
  const folder = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'ckan-uplink', kind)
  const file = join(folder, createHash('sha256').update(JSON.stringify(subject)).digest('hex'))
  return {
    async read() {
      try {
        return JSON.parse(await readFile(file, 'utf8'))
      } catch {
        return undefined
      }
    },
    async write(value) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const draft = `${file}.${process.pid}`
      await writeFile(draft, JSON.stringify(value), { mode: 0o600 })
      await rename(draft, file)
    },
    remove: () => rm(file, { force: true }),
  }
}
