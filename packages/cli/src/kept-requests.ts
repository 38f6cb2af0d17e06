import { createReadStream, existsSync } from 'node:fs'
import { appendFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readLines, toLine } from './json-lines.ts'
import type { LocalFile } from './local-files.ts'
import { openStateFileAt, statePath } from './state-file.ts'

/** A file of a request. */
export interface RequestedFile {
  readonly file: LocalFile
  /** The fields for `dataset_upload`. */
  readonly fields: {
    /** The name of the resource. The part after the last slash is the file's name. */
    readonly name: string
    readonly size: number
    readonly hash?: string | undefined
    readonly format?: string | undefined
    readonly resource?: string | undefined
  }
}

/** A call of `dataset_upload`. Sent again, it finds the same resources and uploads. */
export interface KeptRequest {
  /** Its UUID. */
  readonly request: string
  readonly files: readonly RequestedFile[]
}

/** How far one file of a request came. */
export interface SentFile {
  /** The place of the file in the request. */
  readonly index: number
  readonly upload: string
  readonly key?: string | undefined
  readonly resource: string
  readonly isNew: boolean
  /** Whether nothing remains to be waited for. */
  readonly isOver: boolean
}

/** The requests of a command that are not finished. Each is kept before it is sent, so that a crash loses none. */
export interface KeptRequests {
  /** Their names, the oldest first. */
  list(): Promise<readonly string[]>
  read(name: string): Promise<KeptRequest | undefined>
  /** Returns the name. */
  keep(request: KeptRequest): Promise<string>
  note(name: string, file: SentFile): Promise<void>
  /** The last note about each file, in the order of the request. */
  readNotes(name: string): Promise<readonly SentFile[]>
  remove(name: string): Promise<void>
  /** Removes all. */
  clear(): Promise<void>
}

const REQUEST = '.request'

/** `subject` is what makes a command the same command. */
export function openKeptRequests(subject: unknown): KeptRequests {
  const folder = statePath('requests', subject)
  const requestAt = (name: string) => openStateFileAt<KeptRequest>(join(folder, `${name}${REQUEST}`))
  const notesAt = (name: string) => join(folder, `${name}.sent`)
  let last = 0
  return {
    async list() {
      const entries = await readdir(folder).catch(() => [])
      const names = entries.filter((entry) => entry.endsWith(REQUEST))
      return names.map((entry) => entry.slice(0, -REQUEST.length)).sort()
    },
    read: (name) => requestAt(name).read(),
    async keep(request) {
      last = Math.max(Date.now(), last + 1)
      const name = `${last}-${request.request}`
      await requestAt(name).write(request)
      return name
    },
    note: (name, file) => appendFile(notesAt(name), toLine(file), { mode: 0o600 }),
    async readNotes(name) {
      const notes = new Map<number, SentFile>()
      if (existsSync(notesAt(name)))
        for await (const note of readLines<SentFile>(createReadStream(notesAt(name)))) notes.set(note.index, note)
      return [...notes.values()].sort((a, b) => a.index - b.index)
    },
    async remove(name) {
      await requestAt(name).remove()
      await rm(notesAt(name), { force: true })
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  }
}
