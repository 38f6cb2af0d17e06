import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@ckan-uplink/core'
import { parseJson } from '@ckan-uplink/core/support'
import { createFetchFile, type FetchFile, type SavedFile, type ShownResource } from './export-file.ts'
import { showDataset } from './show-dataset.ts'
import type { Work } from './work.ts'

interface Options {
  readonly output: string
  readonly dataset?: string
  readonly host?: readonly string[]
}

interface ShownDataset {
  readonly id: string
  readonly name: string
  readonly title?: string | null
  readonly notes?: string | null
  readonly version?: string | null
  readonly license_id?: string | null
  readonly license_title?: string | null
  readonly license_url?: string | null
  readonly resources: readonly ShownResource[]
}

/** A resource of https://datapackage.org/standard/data-resource/; `url` and `last_modified` are as CKAN shows them. */
interface PackedResource extends Partial<SavedFile> {
  readonly name: string
  readonly path: string
  readonly url: string
  readonly last_modified?: string
}

export { createFetchFile, type FetchFile } from './export-file.ts'

export const DESCRIPTOR = 'datapackage.json'
/** A line of JSON for each file that a run has saved, until the descriptor has them all. */
const JOURNAL = '.saved.jsonl'
const SCHEMA = 'https://datapackage.org/profiles/2.0/datapackage.json'

/** Saves one dataset, or all of them one by one. Returns the number of failures. */
export async function exportDatasets({ output, dataset, host = [] }: Options, work: Work): Promise<number> {
  const fetchFile = await createFetchFile(work, host)
  if (dataset !== undefined) return exportDataset({ id: dataset, folder: output }, fetchFile, work)
  let failures = 0
  for await (const { id, name } of work.uplink.datasets())
    failures += await exportDataset({ id, folder: join(output, name) }, fetchFile, work)
  return failures
}

interface PackageOf {
  /** The id or name of the dataset. */
  readonly id: string
  readonly folder: string
  /** Where the result says that the package is. */
  readonly place?: string
}

/** Saves one dataset. Returns the number of failures. */
export async function exportDataset(
  { id, folder, place = folder }: PackageOf,
  fetchFile: FetchFile,
  work: Work,
): Promise<number> {
  const { printer, signal } = work
  try {
    const dataset = await showDataset<ShownDataset>(id, work)
    await mkdir(folder, { recursive: true })
    const before = await readPacked(folder)
    const packed: PackedResource[] = []
    let failures = 0
    // The standard has no resource without a file or a link.
    for (const resource of dataset.resources.filter(({ url }) => url)) {
      try {
        const file = await packResource(resource, folder, before.get(keyOf(resource.id, resource)), fetchFile)
        await appendFile(join(folder, JOURNAL), `${JSON.stringify(file)}\n`)
        packed.push(file)
      } catch (thrown) {
        signal.throwIfAborted()
        failures += 1
        printer.failure({ dataset: dataset.name, resource: resource.id, reason: messageOf(thrown) }, resource.id)
      }
    }
    await writeDescriptor(folder, dataset, packed)
    await rm(join(folder, JOURNAL), { force: true })
    const saved = packed.filter(({ bytes }) => bytes !== undefined).length
    const result = { dataset: dataset.name, folder: place, saved, links: packed.length - saved, failures }
    printer.result(result, `${dataset.name}  ${saved} files, ${result.links} links  ${place}`)
    return failures
  } catch (thrown) {
    signal.throwIfAborted()
    printer.failure({ dataset: id, reason: messageOf(thrown) }, id)
    return 1
  }
}

async function packResource(
  resource: ShownResource,
  folder: string,
  known: PackedResource | undefined,
  fetchFile: FetchFile,
): Promise<PackedResource> {
  const { id, name, description, format, mimetype, last_modified } = resource
  const url = resource.url ?? ''
  const facts = withoutEmpty({ title: name, description, format, mediatype: mimetype, last_modified })
  const saved = await fetchFile(resource, folder, known)
  return { name: id, path: url, url, ...facts, ...saved }
}

/** The files of earlier runs. A run that was stopped has left the journal. */
async function readPacked(folder: string): Promise<ReadonlyMap<string, PackedResource>> {
  const [descriptor, journal] = await Promise.all(
    [DESCRIPTOR, JOURNAL].map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  )
  const { resources } = (parseJson(descriptor ?? '') ?? {}) as { readonly resources?: unknown }
  const lines = (journal ?? '').split('\n').map((line) => parseJson(line))
  const packed = [...(Array.isArray(resources) ? resources : []), ...lines] as readonly (PackedResource | undefined)[]
  return new Map(packed.flatMap((file) => (file?.name === undefined ? [] : [[keyOf(file.name, file), file]])))
}

/** A file that replaces another in CKAN's own store keeps the URL: only `last_modified` differs. */
function keyOf(id: string, { url, last_modified }: Pick<ShownResource, 'url' | 'last_modified'>): string {
  return JSON.stringify([id, url ?? '', last_modified ?? ''])
}

/** A reader never sees half a descriptor. `ckan` holds all that CKAN shows, so that nothing is lost. */
async function writeDescriptor(
  folder: string,
  dataset: ShownDataset,
  packed: readonly PackedResource[],
): Promise<void> {
  const { id, name, title, notes, version, license_id, license_title, license_url } = dataset
  const license = withoutEmpty({ name: license_id, path: license_url, title: license_title })
  const descriptor = {
    $schema: SCHEMA,
    id,
    name,
    ...withoutEmpty({ title, description: notes, version }),
    ...((license['name'] ?? license['path']) !== undefined && { licenses: [license] }),
    resources: packed,
    ckan: dataset,
  }
  const path = join(folder, DESCRIPTOR)
  await writeFile(`${path}.part`, `${JSON.stringify(descriptor, null, 2)}\n`)
  await rename(`${path}.part`, path)
}

function withoutEmpty(fields: Readonly<Record<string, string | null | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
