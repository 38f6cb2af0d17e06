import { openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { messageOf } from '@ckan-uplink/core'
import { UsageError } from './usage-error.ts'

export interface LocalFile {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly modifiedMs: number
  /** The content, which is read on demand. Reading fails after the file was changed. */
  open(): Promise<Blob>
}

/** The files at these paths. Folders are searched to any depth, without hidden files. Throws `UsageError` for a missing path. */
export async function findFiles(paths: readonly string[]): Promise<readonly LocalFile[]> {
  const files: LocalFile[] = []
  for (const path of paths) files.push(...(await filesAt(path)))
  if (files.length === 0) throw new UsageError(`There are no files in ${paths.join(', ')}.`)
  return files
}

async function filesAt(given: string): Promise<readonly LocalFile[]> {
  const path = resolve(given)
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`${given} cannot be uploaded: ${messageOf(cause)}`, { cause })
  })
  if (found.isDirectory()) return findInFolder(path)
  if (!found.isFile())
    throw new UsageError(
      `${given} is not a file. An upload declares its size first: save the data of a pipe to a file.`,
    )
  return [{ path, name: basename(path), size: found.size, modifiedMs: found.mtimeMs, open: () => openAsBlob(path) }]
}

async function findInFolder(folder: string): Promise<readonly LocalFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const files: LocalFile[] = []
  for (const entry of entries)
    if (entry.isFile() || entry.isDirectory()) files.push(...(await filesAt(join(folder, entry.name))))
  return files
}
