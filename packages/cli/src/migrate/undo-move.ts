import { NotFoundError } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import type { ImageOwnerType } from '@ckan-uplink/core/uploads'
import { WHOLE_DATASET_MS } from '../dataset-upload.ts'
import { UsageError } from '../usage-error.ts'
import type { Work } from '../work.ts'
import { type ChosenFile, chooseFiles } from './choose-files.ts'
import { isImageOf, showImage } from './images.ts'
import { type FileFields, fileFieldsOf, type JournalEntry, readJournal, type SourceOfCopy } from './journal.ts'
import { openPortal, type Portal } from './portal.ts'
import type { ShownDataset, ShownResource } from './shown.ts'

interface UndoCommand {
  readonly fix: boolean
  /** Whether an object of another bucket is still there. Absent: this command reaches no bucket. */
  readonly hasSource?: ((source: SourceOfCopy) => Promise<boolean>) | undefined
}

/** A resource that still shows the moved file, and what it showed before. */
interface Moved {
  readonly resource: ShownResource
  readonly before: FileFields
  readonly source?: SourceOfCopy | undefined
}

const RESOURCES_PER_WRITE = 100
const SOURCE_GONE = 'The former bucket has its file no more.'

/**
 * Puts the URLs back that CKAN showed before. Resources that show anything else than the moved file stay as they are.
 * Prints what it would do, or does it with `fix`. Returns the number of failures.
 */
export async function undoMove(journal: string, { fix, hasSource }: UndoCommand, work: Work): Promise<number> {
  const { printer, signal } = work
  const portal = await openPortal(work, [])
  const entries = await readJournal(journal)
  if (hasSource === undefined && entries.some(({ source }) => source !== undefined))
    throw new UsageError(
      `${journal} has copies from a bucket: undo them with npm run uplink -- migrate-bucket --undo ${journal}`,
    )
  const sum = { files: 0, changed: 0, failures: 0 }
  for (const [id, own] of Map.groupBy(entries, ({ dataset }) => dataset)) {
    if (id === undefined) continue
    try {
      await undoDataset(id, own, sum, { fix, hasSource, portal, work })
    } catch (thrown) {
      signal.throwIfAborted()
      sum.failures += 1
      const reason = thrown instanceof NotFoundError ? 'CKAN has no such dataset any more.' : messageOf(thrown)
      printer.failure({ dataset: id, reason }, id)
    }
  }
  for (const entry of entries)
    if (entry.owner !== undefined) await undoImage(entry, entry.owner, sum, { fix, hasSource }, work)
  const { files, changed, failures } = sum
  const words = fix
    ? `${files - failures} files show their former URLs. ${changed} resources have changed since they moved, and stay.`
    : `${files} files would show their former URLs. ${changed} resources have changed since they moved, and would stay. Run it with --fix.`
  printer.result(sum, words)
  return failures
}

interface Undo extends UndoCommand {
  readonly portal: Portal
  readonly work: Work
}

async function undoDataset(
  id: string,
  entries: readonly JournalEntry[],
  sum: { files: number; changed: number; failures: number },
  { fix, hasSource, portal, work }: Undo,
): Promise<void> {
  const dataset = await portal.show(id)
  const { moved: found, changed } = findMoved(dataset, entries)
  sum.changed += changed
  sum.files += found.length
  const moved = await withSource(found, hasSource)
  for (const { resource } of found.filter((one) => !moved.includes(one))) {
    sum.failures += 1
    const lost = { dataset: dataset.name, resource: resource.id, reason: SOURCE_GONE }
    work.printer.failure(lost, `${dataset.name}  resource ${resource.id}`)
  }
  for (let at = 0; fix && at < moved.length; at += RESOURCES_PER_WRITE)
    sum.failures += await putBack(dataset, moved.slice(at, at + RESOURCES_PER_WRITE), portal, work)
}

/** CKAN cannot compare when it writes an image, so it is asked just before. */
async function undoImage(
  { resource: id, upload, before, source }: JournalEntry,
  owner: ImageOwnerType,
  sum: { files: number; changed: number; failures: number },
  { fix, hasSource }: UndoCommand,
  work: Work,
): Promise<void> {
  const { uplink, printer, signal } = work
  try {
    const shown = await showImage(owner, id, work)
    const isMoved = isImageOf(shown, upload)
    if (isMoved) sum.files += 1
    else if (shown !== before.url) sum.changed += 1
    if (isMoved && source !== undefined && !(await hasSource?.(source))) throw new Error(SOURCE_GONE)
    if (isMoved && fix) await uplink.action(`${owner}_patch`, { id, image_url: before.url }, { signal })
  } catch (thrown) {
    signal.throwIfAborted()
    sum.failures += 1
    printer.failure({ [owner]: id, reason: messageOf(thrown) }, `${owner} ${id}`)
  }
}

/** A repeated run has several entries for a resource: the URL says which of them is the file that CKAN shows. */
function findMoved(
  { resources }: ShownDataset,
  entries: readonly JournalEntry[],
): { readonly moved: readonly Moved[]; readonly changed: number } {
  const byResource = Map.groupBy(entries, ({ resource }) => resource)
  const moved: Moved[] = []
  let changed = 0
  for (const resource of resources) {
    const own = byResource.get(resource.id) ?? []
    const entry = own.find(({ upload }) => (resource.url ?? '').includes(`/${upload}/`))
    if (entry !== undefined) moved.push({ resource, before: entry.before, source: entry.source })
    else if (own.length > 0 && own.every(({ before }) => before.url !== resource.url)) changed += 1
  }
  return { moved, changed }
}

/** The resources whose former files are still there, as far as another bucket has them. */
async function withSource(moved: readonly Moved[], hasSource: UndoCommand['hasSource']): Promise<readonly Moved[]> {
  const isThere = await Promise.all(moved.map(({ source }) => source === undefined || hasSource?.(source)))
  return moved.filter((_, index) => isThere[index])
}

/** Writes all or none of them. Returns the number of failures. */
async function putBack(dataset: ShownDataset, batch: readonly Moved[], portal: Portal, work: Work): Promise<number> {
  await revise(
    dataset,
    batch.map(({ resource, before }) => ({ resource, fields: before })),
    work,
  )
  const stored = batch.filter(({ source }) => source === undefined)
  const { files } = chooseFiles(
    { ...dataset, resources: stored.map(({ before, resource }) => ({ ...resource, ...before })) },
    STORE,
  )
  const lost: string[] = []
  for (const file of files) if (!(await isInStore(file, portal))) lost.push(file.resource.id)
  if (lost.length === 0) return 0
  await restoreLost(
    dataset,
    batch.filter(({ resource }) => lost.includes(resource.id)),
    portal,
    work,
  )
  return lost.length
}

const STORE = { hosts: [], includePrivate: true, movedBefore: new Set<string>() }

/** CKAN finds a file of its store only while the resource shows it there. */
async function isInStore(file: ChosenFile, portal: Portal): Promise<boolean> {
  const { ok, body } = await portal.fetch(file, 'HEAD')
  body.destroy()
  return ok
}

/** Lets CKAN show the moved files again. */
async function restoreLost(
  { id, name }: ShownDataset,
  lost: readonly Moved[],
  portal: Portal,
  work: Work,
): Promise<void> {
  const now = await portal.show(id)
  const changes = lost.flatMap(({ resource, before }) => {
    const shown = now.resources.find((one) => one.id === resource.id)
    return shown?.url === before.url ? [{ resource: shown, fields: fileFieldsOf(resource) }] : []
  })
  if (changes.length > 0) await revise(now, changes, work)
  for (const { resource } of lost)
    work.printer.failure(
      {
        dataset: name,
        resource: resource.id,
        reason: "CKAN's store has its file no more, so it shows the moved file.",
      },
      `${name}  resource ${resource.id}`,
    )
}

interface Change {
  readonly resource: ShownResource
  readonly fields: FileFields
}

/** Writes only if each resource still shows the URL and time that were read. CKAN decodes texts to match as JSON. */
async function revise({ id }: ShownDataset, changes: readonly Change[], { uplink, signal }: Work): Promise<void> {
  const writes = changes.flatMap(({ resource, fields }) => {
    const at = `resources__${resource.id}`
    return [
      ...(['id', 'url', 'last_modified'] as const).map((name) => [`match__${at}__${name}`, toMatch(resource[name])]),
      [`update__${at}`, withoutNull(fields)],
    ]
  })
  const params = { match: { id }, ...Object.fromEntries(writes), include: '-*' }
  await uplink.action('package_revise', params, { signal, timeoutMs: WHOLE_DATASET_MS })
}

function toMatch(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value)
}

/** CKAN leaves a field with `null` as it is, and empties a field with an empty text. */
function withoutNull(fields: FileFields): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value ?? '']))
}
