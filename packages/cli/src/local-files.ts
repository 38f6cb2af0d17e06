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
  /** Its content, read when it is wanted; reading fails once the file was changed. */
  open(): Promise<Blob>
}

/** The files at these paths, and all files below those that are folders, hidden ones left out. Throws `UsageError` for what isn't there. */
export async function findFiles(paths: readonly string[]): Promise<readonly LocalFile[]> {
  const files: LocalFile[] = []
  for (const path of paths) files.push(...(await filesAt(path)))
  if (files.length === 0) throw new UsageError(`There are no files in ${paths.join(', ')}.`)
  return files
}

async function filesAt(given: string): Promise<readonly LocalFile[]> {
  const path = resolve(given)
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`${given} can't be uploaded: ${messageOf(cause)}`, { cause })
  })
  if (found.isDirectory()) return findInFolder(path)
  if (!found.isFile())
    throw new UsageError(
      `${given} is no file: what comes through a pipe has to be saved first, since its size is declared.`,
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
