import { createReadStream, existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import type { ImageOwnerType } from '@ckan-uplink/core/uploads'
import { readLines, toLine } from '../json-lines.ts'
import { UsageError } from '../usage-error.ts'
import type { ShownResource } from './shown.ts'

const FIELDS = ['url', 'url_type', 'format', 'mimetype', 'size', 'hash', 'last_modified'] as const

/** The fields that an upload owns, as CKAN shows them. */
export type FileFields = Pick<ShownResource, (typeof FIELDS)[number]>

/** Says what a resource showed before a file of it was sent. */
export interface JournalEntry {
  readonly at: string
  /** Absent for an image. */
  readonly dataset?: string
  /** Whose image it is. `resource` is then the id of the organization, group or user. */
  readonly owner?: ImageOwnerType
  readonly resource: string
  readonly upload: string
  readonly before: FileFields
  /** The object of another bucket, if the file was copied from there. */
  readonly source?: SourceOfCopy
}

export interface SourceOfCopy {
  readonly bucket: string
  readonly key: string
  readonly etag: string
}

export function fileFieldsOf(resource: ShownResource): FileFields {
  const { url, ...rest } = resource
  return { url, ...Object.fromEntries(FIELDS.flatMap((name) => (name in rest ? [[name, resource[name]]] : []))) }
}

export async function addToJournal(path: string, entry: JournalEntry): Promise<void> {
  await appendFile(path, toLine(entry), { mode: 0o600 })
}

/** The entries in their order. Throws `UsageError` if there is no such file. */
export async function readJournal(path: string): Promise<readonly JournalEntry[]> {
  const entries = await readIfPresent(path)
  if (entries === undefined)
    throw new UsageError(`There is no journal ${path}: give the file that migrate has written.`)
  return entries
}

/** The last entry of each resource. Empty if there is no journal yet. */
export async function lastEntries(path: string): Promise<ReadonlyMap<string, JournalEntry>> {
  return new Map(((await readIfPresent(path)) ?? []).map((entry) => [entry.resource, entry]))
}

/** The resources whose files were in CKAN's own store. */
export async function readMoved(path: string): Promise<ReadonlySet<string>> {
  const entries = (await readIfPresent(path)) ?? []
  return new Set(entries.flatMap(({ resource, before }) => (before.url_type === 'upload' ? [resource] : [])))
}

async function readIfPresent(path: string): Promise<readonly JournalEntry[] | undefined> {
  if (!existsSync(path)) return undefined
  const entries: JournalEntry[] = []
  for await (const entry of readLines<JournalEntry>(createReadStream(path))) entries.push(entry)
  return entries
}
