import type { Stats } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
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
}

/** An entry that is not uploaded. Hidden and system files are many, and no user expects them. */
export interface LeftOut {
  readonly path: string
  readonly reason: string
  readonly kind: 'failure' | 'note' | 'hidden'
}

type Entry =
  | { readonly kind: 'file'; readonly file: LocalFile }
  | { readonly kind: 'left out'; readonly entry: LeftOut }

/** Files and folders of Windows, macOS, Office and Synology that are no data. */
const HIDDEN_OR_SYSTEM_FILE =
  /^(?:\..*|thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|~\$.*|__macosx|@eadir|\$recycle\.bin|system volume information)$/iu

/**
 * Walks through the files at these paths. Folders are searched to any depth, without hidden files and system files.
 * Links to files are followed. Every other entry of a folder is left out. Throws `UsageError` for a missing path.
 */
export async function* walkFiles(paths: readonly string[]): AsyncGenerator<Entry, void> {
  /** A file that is given twice, or in a folder too, is one file. One path alone leads to each file once. */
  const seen = paths.length > 1 ? new Set<string>() : undefined
  for (const given of paths) {
    for await (const entry of walkPath(given)) {
      const { path } = entry.kind === 'file' ? entry.file : entry.entry
      if (seen?.has(path)) continue
      seen?.add(path)
      yield entry
    }
  }
}

async function* walkPath(given: string): AsyncGenerator<Entry, void> {
  const path = resolve(given)
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`${given} cannot be uploaded: ${messageOf(cause)}`, { cause })
  })
  if (found.isDirectory()) yield* walkFolder(path, '')
  else if (found.isFile()) yield toEntry(path, '', found)
  else
    throw new UsageError(
      `${given} is not a file. An upload declares its size first: save the data of a pipe to a file.`,
    )
}

interface FolderEntry {
  readonly name: string
  readonly kind: 'folder' | 'file' | 'hidden' | 'no UTF-8' | 'other'
}

async function* walkFolder(folder: string, above: string): AsyncGenerator<Entry, void> {
  for (const { name, kind } of await readFolder(folder)) {
    const path = join(folder, name)
    if (kind === 'folder') yield* walkFolder(path, `${above}${name}/`)
    else if (kind === 'file') yield await readEntry(path, above)
    else if (kind === 'hidden') yield leftOut(path, 'It is hidden, or it belongs to the system.', 'hidden')
    else if (kind === 'no UTF-8') yield leftOut(path, 'Its name is not in UTF-8: rename it.', 'failure')
    else yield leftOut(path, 'It is not a file.', 'note')
  }
}

/** In the order of the names. Keeps only what the walk needs, because a folder may have 100,000 entries. */
async function readFolder(folder: string): Promise<readonly FolderEntry[]> {
  const entries: FolderEntry[] = []
  // The types of Node say that an entry's name is always text.
  for await (const entry of await opendir(folder, { encoding: 'buffer' as BufferEncoding })) {
    const bytes = Buffer.from(entry.name)
    const name = bytes.toString()
    const isFile = entry.isFile() || entry.isSymbolicLink()
    const kind = entry.isDirectory() ? 'folder' : isFile ? 'file' : 'other'
    if (HIDDEN_OR_SYSTEM_FILE.test(name)) entries.push({ name, kind: 'hidden' })
    else entries.push({ name, kind: Buffer.from(name).equals(bytes) ? kind : 'no UTF-8' })
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function readEntry(path: string, above: string): Promise<Entry> {
  try {
    const found = await stat(path)
    return found.isFile()
      ? toEntry(path, above, found)
      : leftOut(path, 'It is a link to something else than a file.', 'note')
  } catch (thrown) {
    return leftOut(path, messageOf(thrown), 'failure')
  }
}

function toEntry(path: string, above: string, { size, mtimeMs }: Pick<Stats, 'size' | 'mtimeMs'>): Entry {
  const name = basename(path).normalize('NFC')
  const pathInFolder = (above + name).normalize('NFC')
  if (pathInFolder.split('/').some(hasForbiddenCharacters))
    return leftOut(
      path,
      'CKAN cannot take its name, which has a backslash, a line break or the like: rename it.',
      'failure',
    )
  return { kind: 'file', file: { path, name, pathInFolder, size, modifiedMs: mtimeMs } }
}

function leftOut(path: string, reason: string, kind: LeftOut['kind']): Entry {
  return { kind: 'left out', entry: { path, reason, kind } }
}
