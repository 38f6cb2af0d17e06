import { internalError, invalid } from './action-error.ts'
import type { Call } from './call.ts'
import { validateDataset } from './dataset-fields.ts'
import { lastSegment, liveResources, showDataset } from './dataset-view.ts'
import { type Fields, isFields, type Json, sameJson } from './json.ts'
import { submitChanged } from './load-tasks.ts'
import { REMOVED_UNLESS_SENT, TEXT_COLUMNS, TIME_COLUMNS, validateResource } from './resource-fields.ts'
import type { DatasetRow, ResourceRow } from './state.ts'

const COLUMNS: readonly string[] = ['size', ...TEXT_COLUMNS, ...TIME_COLUMNS.filter((name) => name !== 'created')]

/**
 * CKAN's `package_update` once the caller is known to be allowed: validates the whole dataset, then writes it, or
 * throws and writes nothing. Gives back the dataset as shown. CKAN 2.12 writes nothing where nothing changed; earlier
 * ones touch the dataset.
 */
export function saveDataset(call: Call, dataset: DatasetRow, input: Fields): Fields {
  const row = buildDataset(call, dataset, input)
  if (call.version !== '2.12' || !sameRows(row, dataset)) {
    takeFromOthers(call, dataset, row)
    call.state.datasets[dataset.id] = { ...row, metadataModified: call.timestamp() }
    submitChanged(call, dataset, row)
  }
  return showDataset(call, call.state.datasets[dataset.id] ?? row)
}

/** CKAN has one row per id: a resource that was deleted and is made again in another dataset leaves the first. */
function takeFromOthers({ state }: Call, before: DatasetRow, { resources }: DatasetRow): void {
  const known = new Set(before.resources.map(({ id }) => id))
  const added = new Set(resources.flatMap(({ id }) => (known.has(id) ? [] : [id])))
  if (added.size === 0) return
  for (const other of Object.values(state.datasets)) {
    const left = other.resources.filter(({ id }) => !added.has(id))
    if (other.id !== before.id && left.length < other.resources.length)
      state.datasets[other.id] = { ...other, resources: left }
  }
}

/** The dataset as it will be; throws CKAN's 409 with everything that is wrong with it. */
export function buildDataset(call: Call, dataset: DatasetRow, input: Fields): DatasetRow {
  const { row, errors } = validateDataset(call, dataset, input)
  const sent = sentResources(call, dataset, input)
  const validated = sent.map((resource) => validateResource(call, dataset.id, resource))
  const faults = validated.map((resource) => resource.errors)
  if (faults.some((fault) => Object.keys(fault).length > 0))
    errors['resources'] = positional(call, dataset, sent, faults)
  const junk = call.version === '2.12' ? undefined : listOfObjects(sent)
  if (junk !== undefined) errors['__junk'] = [`The input field [${junk}] was not expected.`]
  if (Object.keys(errors).length > 0) throw invalid(errors)
  return {
    ...row,
    resources: placeResources(
      call,
      dataset,
      validated.map((resource, index) => ({ sent: sent[index] ?? {}, data: resource.data })),
    ),
  }
}

/** Up to 2.11 a custom field can't be a list of objects: where the first one is, as Python writes the path. */
function listOfObjects(sent: readonly Fields[]): string | undefined {
  const paths = sent.flatMap((resource, position) =>
    Object.entries(resource).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : undefined
      return isFields(first) ? [`('resources', ${position}, '${name}', 0, '${Object.keys(first)[0] ?? ''}')`] : []
    }),
  )
  return paths[0]
}

/**
 * CKAN 2.12 keeps the resources of an update that doesn't name them; earlier ones delete them. All drop those without a
 * field.
 */
function sentResources(call: Call, dataset: DatasetRow, input: Fields): Fields[] {
  const resources = input['resources'] ?? (call.version === '2.12' ? showDataset(call, dataset)['resources'] : [])
  return Array.isArray(resources)
    ? resources.filter(isFields).filter((resource) => Object.keys(resource).length > 0)
    : []
}

/** Faults by position. CKAN 2.12 looks at changed resources only, so its list ends with the last of those. */
function positional(call: Call, dataset: DatasetRow, sent: readonly Fields[], faults: readonly Fields[]): Json[] {
  if (call.version !== '2.12') return [...faults]
  const shown = shownResources(call, dataset)
  return faults.slice(0, sent.findLastIndex((resource) => !shown.some((known) => sameJson(known, resource))) + 1)
}

function shownResources(call: Call, dataset: DatasetRow): Fields[] {
  const { resources } = showDataset(call, dataset)
  return Array.isArray(resources) ? resources.filter(isFields) : []
}

/**
 * Resources that are left out become deleted; those deleted before are gone for good. Of two with one id the later
 * place counts.
 */
function placeResources(
  call: Call,
  dataset: DatasetRow,
  inputs: readonly { sent: Fields; data: Fields }[],
): ResourceRow[] {
  const placed = new Map<string, { row: ResourceRow; at: number }>()
  const shown = shownResources(call, dataset)
  for (const [at, { sent, data }] of inputs.entries()) {
    const unchanged = call.version === '2.12' ? shown.find((known) => sameJson(known, sent)) : undefined
    const row =
      unchanged === undefined ? writeInput(call, dataset, data) : rowAtPosition(dataset, unchanged['position'])
    placed.delete(row.id)
    placed.set(row.id, { row, at })
  }
  const dropped = liveResources(dataset).filter((resource) => !placed.has(resource.id))
  const rows = [...placed.values()].map(({ row: { position: _, ...row }, at }, index) =>
    at === index ? row : { ...row, position: at },
  )
  return [...rows, ...dropped.map((resource) => ({ ...resource, state: 'deleted' }))]
}

/** The resource that CKAN 2.12 compares with: it stands at that index, even if it is another resource. */
function rowAtPosition(dataset: DatasetRow, position: Json | undefined): ResourceRow {
  const row = liveResources(dataset)[Number(position)]
  if (row === undefined) throw internalError()
  return row
}

function writeInput(call: Call, dataset: DatasetRow, input: Fields): ResourceRow {
  const known = dataset.resources.find((resource) => resource.id === input['id'])
  return writeResource(call, known ?? newResource(call, input), input, known === undefined)
}

function newResource(call: Call, input: Fields): ResourceRow {
  const now = call.timestamp()
  const id = typeof input['id'] === 'string' ? input['id'] : crypto.randomUUID()
  const columns: Fields = {
    ...Object.fromEntries(COLUMNS.map((name) => [name, null])),
    url: '',
    format: '',
    hash: '',
    description: '',
  }
  return { id, state: 'active', created: now, metadataModified: now, columns, extras: {} }
}

function writeResource(
  call: Call,
  known: ResourceRow,
  { id: _, created = known.created, ...input }: Fields,
  isNew: boolean,
): ResourceRow {
  const columns = { ...known.columns }
  for (const name of COLUMNS) {
    if (name in input) columns[name] = input[name] ?? null
    else if ((REMOVED_UNLESS_SENT as readonly string[]).includes(name)) columns[name] = name === 'url' ? '' : null
  }
  if (columns['url_type'] === 'upload') columns['url'] = lastSegment(String(columns['url']))
  const extras = Object.fromEntries(Object.entries(input).filter(([name]) => !COLUMNS.includes(name)))
  const row = { ...known, state: 'active', created: String(created), columns, extras }
  return isNew || sameRow(row, known) ? row : { ...row, metadataModified: call.timestamp() }
}

function sameRow(a: ResourceRow, b: ResourceRow): boolean {
  return (
    a.created === b.created && a.state === b.state && sameJson(a.columns, b.columns) && sameJson(a.extras, b.extras)
  )
}

function sameRows(a: DatasetRow, b: DatasetRow): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
