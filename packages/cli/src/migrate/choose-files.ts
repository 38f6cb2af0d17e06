import { identify, isTabular } from '@ckan-uplink/core/uploads'
import { isOurs } from '../own-url.ts'
import type { ShownDataset, ShownResource } from './shown.ts'

/** A file that moves to the bucket. */
export interface ChosenFile {
  readonly resource: ShownResource
  /** CKAN's own store, or a link to a host that the user named. */
  readonly from: 'store' | 'link'
  readonly url: URL
  /** The file's name. */
  readonly name: string
  /** As CKAN shows it. CKAN does not know the size of each file. */
  readonly bytes: number | undefined
}

/** A file that could move but does not, and why. */
export interface LeftOutFile {
  readonly resource: ShownResource
  readonly reason: string
}

export interface Choice {
  /** Links to these hosts move, too. */
  readonly hosts: readonly string[]
  /** Whether tables of private datasets move. */
  readonly includePrivate: boolean
  /** The resources of the journal, whose files were in CKAN's own store before. */
  readonly movedBefore: ReadonlySet<string>
}

export const PRIVATE_TABLE =
  'A table of a private dataset: without the plugin for CKAN, loaders cannot read it from the bucket. Give --private to move it.'

/**
 * CKAN writes only the columns that differ from what it has read. If a person's upload and the linker's write meet, the
 * person's URL can stand beside the linker's `url_type`.
 */
const MIXED =
  "CKAN mixed a person's upload with the move of this file, so its URL leads nowhere: the person has to upload it again."

/** Decides which files of a dataset move. Other links stay links. */
export function chooseFiles(
  dataset: ShownDataset,
  choice: Choice,
): { readonly files: readonly ChosenFile[]; readonly leftOut: readonly LeftOutFile[] } {
  const files: ChosenFile[] = []
  const leftOut: LeftOutFile[] = []
  for (const resource of dataset.resources) {
    if (isMixed(resource, choice)) leftOut.push({ resource, reason: MIXED })
    const file = toFile(resource, choice.hosts)
    if (file === undefined) continue
    const reason = whyLeftOut(file, dataset, choice)
    if (reason === undefined) files.push(file)
    else leftOut.push({ resource, reason })
  }
  return { files, leftOut }
}

/** CKAN shows a file name that it takes for an address as `http://data.csv`. */
function isMixed({ id, url, url_type }: ShownResource, { movedBefore }: Choice): boolean {
  return movedBefore.has(id) && !url_type && /^http:\/\/[^/]+\/?$/u.test(url ?? '')
}

function toFile(resource: ShownResource, hosts: readonly string[]): ChosenFile | undefined {
  const url = URL.parse(resource.url ?? '')
  if (url === null) return undefined
  const facts = { resource, url, name: fileNameOf(url), bytes: toBytes(resource.size) }
  if (resource.url_type === 'upload') return { ...facts, from: 'store' }
  const isNamed = !resource.url_type && hosts.includes(url.hostname) && !isOurs(resource.id, resource.url ?? '')
  return isNamed ? { ...facts, from: 'link' } : undefined
}

function whyLeftOut(
  { from, url, name, resource }: ChosenFile,
  dataset: ShownDataset,
  { includePrivate }: Choice,
): string | undefined {
  if (from === 'link' && url.protocol !== 'https:') return 'Its URL does not begin with https:.'
  if (name === '') return 'Its URL has no file name.'
  return dataset.private === true && isTable(resource) && !includePrivate ? PRIVATE_TABLE : undefined
}

/** Whether a loader makes a table of it. A CKAN without the DataStore has no loader. */
export function isTable({ url, format, datastore_active }: ShownResource): boolean {
  if (datastore_active === undefined) return false
  const resource = { format: '', link: url ?? '' }
  return isTabular(identify({ declared: { format: format ?? '' }, resource }).format)
}

export function fileNameOf({ pathname }: URL): string {
  const name = pathname.slice(pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

export function toBytes(size: ShownResource['size']): number | undefined {
  const bytes = typeof size === 'string' && size !== '' ? Number(size) : size
  return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined
}
