import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { appendFile, mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readLines, toLine } from './json-lines.ts'
import type { LocalFile } from './local-files.ts'
import { statePath } from './state-file.ts'

/** The resources that earlier commands created for local files. */
export interface OwnResources {
  readonly size: number
  find(file: LocalFile, title: string): string | undefined
  add(entries: readonly OwnResource[]): Promise<void>
  /** Forgets the resources that do not pass, until the next command. */
  keepOnly(isUsable: (resource: string) => boolean): void
}

interface OwnResource {
  readonly file: LocalFile
  readonly title: string
  readonly resource: string
}

interface Line {
  readonly file: string
  readonly resource: string
}

/** A hundred lines cost nothing. Of more, at least half is current. */
const LINES_TO_SPARE = 100

export async function openOwnResources(subject: unknown): Promise<OwnResources> {
  const path = statePath('resources', subject)
  const resources = new Map<string, string>()
  let lines = 0
  if (existsSync(path)) {
    for await (const { file, resource } of readLines<Line>(createReadStream(path))) {
      lines += 1
      resources.set(file, resource)
    }
  }
  if (lines > 2 * resources.size + LINES_TO_SPARE) await rewrite(path, resources)
  return {
    get size() {
      return resources.size
    },
    find: (file, title) => resources.get(digestOf(file, title)),
    async add(entries) {
      if (entries.length === 0) return
      const added = entries.map(({ file, title, resource }) => ({ file: digestOf(file, title), resource }))
      for (const { file, resource } of added) resources.set(file, resource)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await appendFile(path, added.map(toLine).join(''), { mode: 0o600 })
    },
    keepOnly(isUsable) {
      for (const [file, resource] of resources) if (!isUsable(resource)) resources.delete(file)
    },
  }
}

async function rewrite(path: string, resources: ReadonlyMap<string, string>): Promise<void> {
  const draft = `${path}.${process.pid}`
  async function* lines(): AsyncGenerator<string, void> {
    for (const [file, resource] of resources) yield toLine({ file, resource })
  }
  await pipeline(lines, createWriteStream(draft, { mode: 0o600 }))
  await rename(draft, path)
}

/** A hash, because 100,000 paths would need much memory. */
function digestOf({ path }: LocalFile, title: string): string {
  return createHash('sha256')
    .update(JSON.stringify([path, title]))
    .digest('base64url')
    .slice(0, 22)
}
