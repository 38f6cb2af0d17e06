import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readLines, toLine } from './json-lines.ts'
import { type LeftOut, type LocalFile, walkFiles } from './local-files.ts'
import { UsageError } from './usage-error.ts'

/** The files of one command, in the order in which they are sent. They are on disk, so a long list needs no memory. */
export interface FileList extends AsyncIterable<LocalFile> {
  /** The absolute paths that were given. */
  readonly given: readonly string[]
  readonly count: number
  readonly bytes: number
  readonly leftOut: readonly LeftOut[]
  remove(): Promise<void>
}

/** Finds all files before the first one is sent. Throws `UsageError` for a missing path, and if there is no file. */
export async function listFiles(paths: readonly string[]): Promise<FileList> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const path = join(folder, 'files')
  const leftOut: LeftOut[] = []
  let [count, bytes] = [0, 0]

  async function* lines(): AsyncGenerator<string, void> {
    for await (const entry of walkFiles(paths)) {
      if (entry.kind === 'left out') leftOut.push(entry.entry)
      else {
        count += 1
        bytes += entry.file.size
        yield toLine(entry.file)
      }
    }
  }

  try {
    await pipeline(lines, createWriteStream(path, { mode: 0o600 }))
    if (count === 0 && leftOut.every(({ kind }) => kind === 'hidden'))
      throw new UsageError(`There are no files in ${paths.join(', ')}.`)
  } catch (thrown) {
    await remove()
    throw thrown
  }
  return {
    given: paths.map((given) => resolve(given)),
    count,
    bytes,
    leftOut,
    remove,
    [Symbol.asyncIterator]: () => readLines<LocalFile>(createReadStream(path)),
  }
}
