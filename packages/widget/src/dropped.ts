import type { NewFile } from './transfers.ts'

/** Chromium opens dropped files by handles, which later visits can open again. */
interface WithHandle {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>
}

/** The files of a drop, those in folders included. */
export async function readDropped(data: DataTransfer): Promise<readonly NewFile[]> {
  // The browser forgets the items after the first pause, so all requests come first.
  const items = [...data.items].filter(({ kind }) => kind === 'file')
  const found = items.map(async (item) => {
    const entry = item.webkitGetAsEntry()
    const file = item.getAsFile()
    const asking = (item as WithHandle).getAsFileSystemHandle?.call(item)
    const handle = await asking?.catch(() => undefined)
    if (entry?.isDirectory) return readFolder(entry as FileSystemDirectoryEntry, entry.name)
    if (file === null) return []
    return [{ file, path: file.name, ...(isFile(handle) && { handle }) }]
  })
  return (await Promise.all(found)).flat()
}

/** The files of an `<input>`, with their paths where a folder was chosen. */
export function readChosen(files: Iterable<File>): readonly NewFile[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }))
}

function isFile(handle: FileSystemHandle | null | undefined): handle is FileSystemFileHandle {
  return handle?.kind === 'file'
}

async function readFolder(folder: FileSystemDirectoryEntry, path: string): Promise<readonly NewFile[]> {
  const reader = folder.createReader()
  const found: NewFile[] = []
  // Each call gives some of the entries. The last gives none.
  for (let entries = await read(reader); entries.length > 0; entries = await read(reader)) {
    for (const entry of entries) {
      const inside = `${path}/${entry.name}`
      if (entry.isDirectory) found.push(...(await readFolder(entry as FileSystemDirectoryEntry, inside)))
      else found.push({ file: await open(entry as FileSystemFileEntry), path: inside })
    }
  }
  return found
}

function read(reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject))
}

function open(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}
