import { openAsBlob, type Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { messageOf } from '@ckan-uplink/core'
import { hasForbiddenCharacters } from '@ckan-uplink/core/uploads'
import { UsageError } from './usage-error.ts'

export interface LocalFile {
  readonly path: string
  /** In Unicode's NFC, as CKAN shows names. macOS gives names in NFD. */
  readonly name: string
  /** The path below the folder that was given, with slashes, in NFC. Of a file that was given itself, its name. */
  readonly pathInFolder: string
  readonly size: number
  readonly modifiedMs: number
  /** The content, which is read on demand. Reading fails after the file was changed. */
  open(): Promise<Blob>
}

/** An entry that is not uploaded. `isFailure`: the user surely wanted it. */
export interface LeftOut {
  readonly path: string
  readonly reason: string
  readonly isFailure: boolean
}

export interface FoundFiles {
  readonly files: readonly LocalFile[]
  readonly leftOut: readonly LeftOut[]
}

/** Files of Windows, macOS and Office that are no data. They are left out like hidden files. */
const SYSTEM_FILE = /^(?:thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|~\$.*)$/iu

/**
 * The files at these paths. Folders are searched to any depth, without hidden files and system files. Links to files are
 * followed. Every other entry of a folder is in `files` or in `leftOut`. Throws `UsageError` for a missing path.
 */
export async function findFiles(paths: readonly string[]): Promise<FoundFiles> {
  const files: LocalFile[] = []
  const leftOut: LeftOut[] = []
  /** A file that is given twice, or in a folder too, is one file. */
  const seen = new Set<string>()
  for (const path of paths) await addPath(path)
  if (files.length + leftOut.length === 0) throw new UsageError(`There are no files in ${paths.join(', ')}.`)
  return { files, leftOut }

  async function addPath(given: string): Promise<void> {
    const path = resolve(given)
    const found = await stat(path).catch((cause: unknown) => {
      throw new UsageError(`${given} cannot be uploaded: ${messageOf(cause)}`, { cause })
    })
    if (found.isDirectory()) return addFolder(path, '')
    if (!found.isFile())
      throw new UsageError(
        `${given} is not a file. An upload declares its size first: save the data of a pipe to a file.`,
      )
    addFile(path, '', found)
  }

  async function addFolder(folder: string, above: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
    const named = entries
      .map((entry) => ({ entry, bytes: entry.name, name: entry.name.toString() }))
      .filter(({ name }) => !name.startsWith('.') && !SYSTEM_FILE.test(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const { entry, bytes, name } of named) {
      const path = join(folder, name)
      if (!Buffer.from(name).equals(bytes)) leave(path, 'Its name is not in UTF-8: rename it.', true)
      else if (entry.isDirectory()) await addFolder(path, `${above}${name}/`)
      else if (entry.isFile() || entry.isSymbolicLink()) await addEntry(path, above)
      else leave(path, 'It is not a file.', false)
    }
  }

  async function addEntry(path: string, above: string): Promise<void> {
    try {
      const found = await stat(path)
      if (found.isFile()) addFile(path, above, found)
      else leave(path, 'It is a link to something else than a file.', false)
    } catch (thrown) {
      leave(path, messageOf(thrown), true)
    }
  }

  function addFile(path: string, above: string, { size, mtimeMs }: Pick<Stats, 'size' | 'mtimeMs'>): void {
    if (seen.has(path)) return
    seen.add(path)
    const name = basename(path).normalize('NFC')
    const pathInFolder = (above + name).normalize('NFC')
    if (pathInFolder.split('/').some(hasForbiddenCharacters))
      leave(path, 'CKAN cannot take its name, which has control characters or line breaks: rename it.', true)
    else files.push({ path, name, pathInFolder, size, modifiedMs: mtimeMs, open: () => openAsBlob(path) })
  }

  function leave(path: string, reason: string, isFailure: boolean): void {
    leftOut.push({ path, reason, isFailure })
  }
}
