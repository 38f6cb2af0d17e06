import type { Call } from './call.ts'
import { type Fields, isFields, isTrue, type Json, textOf, toText } from './json.ts'
import { mayCreateDataset } from './permissions.ts'
import { type DatasetRow, findGroup } from './state.ts'

const TEXT_COLUMNS = [
  'title',
  'author',
  'author_email',
  'maintainer',
  'maintainer_email',
  'license_id',
  'notes',
  'url',
  'version',
] as const

/** An empty dataset, to be filled by `validateDataset`. */
export function newDataset(call: Call): DatasetRow {
  const now = call.timestamp()
  return {
    id: crypto.randomUUID(),
    state: 'active',
    private: false,
    ownerOrg: '',
    creatorUserId: call.caller?.id ?? '',
    metadataCreated: now,
    metadataModified: now,
    columns: Object.fromEntries(['name', ...TEXT_COLUMNS].map((name) => [name, null])),
    extras: [],
    tags: [],
    resources: [],
    collaborators: {},
  }
}

/** The dataset with the sent fields, its resources separately, and CKAN's errors by field. */
export function validateDataset(call: Call, dataset: DatasetRow, input: Fields): { row: DatasetRow; errors: Fields } {
  const errors: Fields = {}
  const name = input['name'] ?? dataset.columns['name']
  const nameFault = faultOfName(call, dataset, name)
  if (nameFault !== undefined) errors['name'] = [nameFault]
  const owner = findGroup(call.state, input['owner_org'] ?? dataset.ownerOrg)
  const ownerFault = faultOfOwner(call, dataset, input, owner)
  if (ownerFault !== undefined) errors['owner_org'] = [ownerFault]
  const columns: Fields = { name: name ?? null }
  for (const column of TEXT_COLUMNS) columns[column] = isSent(input[column]) ? toText(input[column]) : null
  columns['title'] = isSent(input['title']) && input['title'] !== '' ? toText(input['title']) : (name ?? null)
  const state = typeof input['state'] === 'string' ? input['state'] : dataset.state
  const row = {
    ...dataset,
    state,
    private: isTrue(input['private']),
    ownerOrg: owner?.id ?? '',
    columns,
    extras: readExtras(input),
    tags: readTags(input),
  }
  return { row, errors }
}

function isSent(value: Json | undefined): value is NonNullable<Json> {
  return value !== undefined && value !== null
}

function faultOfName(call: Call, dataset: DatasetRow, name: Json | undefined): string | undefined {
  if (name === undefined || name === null || name === '') return 'Missing value'
  if (typeof name !== 'string') return 'Names must be strings'
  if (name.length < 2) return 'Must be at least 2 characters long'
  if (name.length > 100) return 'Name must be a maximum of 100 characters long'
  if (!/^[a-z0-9_-]*$/u.test(name))
    return 'Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_'
  const other = Object.values(call.state.datasets).find(
    (row) => row.columns['name'] === name && row.id !== dataset.id && row.state !== 'deleted',
  )
  return other && 'That URL is already in use.'
}

function faultOfOwner(
  call: Call,
  dataset: DatasetRow,
  input: Fields,
  owner: ReturnType<typeof findGroup>,
): string | undefined {
  if (textOf(input, 'owner_org') === '' && (dataset.ownerOrg === '' || input['owner_org'] === ''))
    return 'An organization must be provided'
  if (owner === undefined) return 'Organization does not exist'
  const isMove = owner.id !== dataset.ownerOrg
  return isMove && !mayCreateDataset(call, owner) ? 'You cannot add a dataset to this organization' : undefined
}

function readExtras(input: Fields): Fields[] {
  const extras = Array.isArray(input['extras']) ? input['extras'].filter(isFields) : []
  const pairs = extras.flatMap(({ key, value = null, deleted }) =>
    key === undefined || value === null || isTrue(deleted) ? [] : [{ key, value }],
  )
  return pairs.sort((a, b) => (toText(a.key) < toText(b.key) ? -1 : 1))
}

function readTags(input: Fields): string[] {
  const tags = Array.isArray(input['tags']) ? input['tags'].filter(isFields) : []
  return tags.map((tag) => textOf(tag, 'name')).sort()
}
