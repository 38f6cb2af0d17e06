import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** A small file that keeps a command's state across crashes. It never holds tokens or signed URLs. */
export interface StateFile<T> {
  read(): Promise<T | undefined>
  write(value: T): Promise<void>
  remove(): Promise<void>
}

type EnvVars = Readonly<Record<string, string | undefined>>

/** Opens the state file of `kind` for `subject`. */
export function openStateFile<T>(kind: string, subject: unknown, env: EnvVars = process.env): StateFile<T> {
  return openStateFileAt(statePath(kind, subject, env))
}

/**
 * The path of state in the XDG state folder, with a hash of the subject:
 * https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function statePath(kind: string, subject: unknown, env: EnvVars = process.env): string {
  const folder = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'ckan-uplink', kind)
  return join(folder, createHash('sha256').update(JSON.stringify(subject)).digest('hex'))
}

export function openStateFileAt<T>(file: string): StateFile<T> {
  return {
    async read() {
      try {
        return JSON.parse(await readFile(file, 'utf8'))
      } catch {
        return undefined
      }
    },
    async write(value) {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      const draft = `${file}.${process.pid}`
      await writeFile(draft, JSON.stringify(value), { mode: 0o600 })
      await rename(draft, file)
    },
    remove: () => rm(file, { force: true }),
  }
}
