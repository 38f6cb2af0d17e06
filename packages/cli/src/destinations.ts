import { createHash } from 'node:crypto'
import type { FileList } from './file-list.ts'
import type { LocalFile } from './local-files.ts'
import type { UploadCommand } from './upload-command.ts'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

/** An existing resource, or the dataset that gets a new resource with this title. */
export type Destination = { readonly resource: string } | { readonly dataset: string; readonly title: string }

/** Chooses the destination of a file. A refusal says why no destination is certain. */
export type ChooseDestination = (file: LocalFile) => Destination | { readonly refusal: string }

type IdsByName = ReadonlyMap<string, readonly string[]>

/**
 * Decides where the files go, before the first one is sent. With `--replace-by-name` it reads the names of the
 * dataset's resources. Throws `UsageError` if two files would replace the same resource.
 */
export async function chooseDestinations(
  files: FileList,
  command: UploadCommand,
  work: Work,
): Promise<ChooseDestination> {
  const { resource, dataset = '', replaceByName } = command
  if (resource !== undefined) return () => ({ resource })
  const titleOf = (file: LocalFile) => chooseTitle(file, command)
  if (!replaceByName) return (file) => ({ dataset, title: titleOf(file) })
  await requireOneFileEach(files, titleOf)
  const idsByName = await readIdsByName(dataset, work)
  const isAlone = command.names === undefined ? await findUniqueNames(files, idsByName) : () => false
  return (file) => {
    const title = titleOf(file)
    const ids = idsByName.get(title) ?? (isAlone(file.name) ? onlyId(idsByName, file.name) : [])
    const [id] = ids
    if (id === undefined) return { dataset, title }
    return ids.length === 1 ? { resource: id } : { refusal: ambiguous(title, ids) }
  }
}

/** The name of the resource of a file, if it gets a new one. */
export function chooseTitle({ name, pathInFolder }: LocalFile, command: Pick<UploadCommand, 'name' | 'names'>): string {
  return command.name?.normalize('NFC') ?? (command.names === 'file' ? name : pathInFolder)
}

/**
 * One resource shows one file, so two files with one title would replace each other. The first look keeps a small
 * number for each title. Only titles with the same number are compared.
 */
async function requireOneFileEach(files: FileList, titleOf: (file: LocalFile) => string): Promise<void> {
  const numbers = new Set<number>()
  const repeated = new Set<number>()
  for await (const file of files) {
    const number = toNumber(titleOf(file))
    if (numbers.has(number)) repeated.add(number)
    numbers.add(number)
  }
  if (repeated.size === 0) return
  const pathByTitle = new Map<string, string>()
  for await (const file of files) {
    const title = titleOf(file)
    if (!repeated.has(toNumber(title))) continue
    const other = pathByTitle.get(title)
    if (other !== undefined)
      throw new UsageError(
        `${other} and ${file.path} would both replace resource ${title}: upload each with --resource, or their folder with --names path.`,
      )
    pathByTitle.set(title, file.path)
  }
}

function toNumber(title: string): number {
  return createHash('sha256').update(title).digest().readUIntBE(0, 6)
}

async function readIdsByName(dataset: string, { uplink, signal }: Work): Promise<IdsByName> {
  type Shown = { readonly resources: readonly { readonly id: string; readonly name: string | null }[] }
  const { resources } = await uplink.action<Shown>('package_show', { id: dataset }, { signal })
  const named = resources.filter(({ name }) => name)
  const groups = Map.groupBy(named, ({ name }) => name?.normalize('NFC') ?? '')
  return new Map([...groups].map(([name, group]) => [name, group.map(({ id }) => id)]))
}

/** A predicate for names of resources that only one of the files has. */
async function findUniqueNames(files: FileList, idsByName: IdsByName): Promise<(name: string) => boolean> {
  const counts = new Map<string, number>()
  for await (const { name } of files) if (idsByName.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return (name) => counts.get(name) === 1
}

function onlyId(idsByName: IdsByName, name: string): readonly string[] {
  const ids = idsByName.get(name) ?? []
  return ids.length === 1 ? ids : []
}

function ambiguous(title: string, ids: readonly string[]): string {
  return `Resources ${ids.join(' and ')} all have the name ${title}: rename them, or choose one with --resource.`
}
