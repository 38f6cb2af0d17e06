import { newToken } from './actions/user-actions.ts'
import type { Fields } from './json.ts'
import type { ApiToken, DatasetRow, Group, ResourceRow, State, User } from './state.ts'
import { naive } from './times.ts'

/** The users that every fresh stand-in has; `admin` is a sysadmin, the outsider belongs to no organization. */
const SEEDED_USERS = ['admin', 'editor', 'member', 'outsider'] as const
export type SeededUser = (typeof SEEDED_USERS)[number]

const TOKEN_NAME = 'built-in'
const ORGANIZATION = 'example-organization'
const DATASET = 'air-quality'

/** A CKAN as new: one organization, the seeded users with a token each, one public dataset with three resources. */
export function freshState(now: Date): State {
  const created = naive(now)
  const users = SEEDED_USERS.map((name): User => {
    const fullname = name.charAt(0).toUpperCase() + name.slice(1)
    return {
      id: crypto.randomUUID(),
      name,
      fullname,
      email: `${name}@example.org`,
      sysadmin: name === 'admin',
      created,
    }
  })
  const [admin, editor, member] = users
  const organization = newOrganization(created, {
    [admin?.id ?? '']: 'admin',
    [editor?.id ?? '']: 'editor',
    [member?.id ?? '']: 'member',
  })
  const dataset = newDataset(created, organization.id, admin?.id ?? '')
  const tokens = users.map((user): [string, ApiToken] => {
    const id = crypto.randomUUID()
    return [newToken(id), { id, name: TOKEN_NAME, userId: user.id, created }]
  })
  return {
    users: byId(users),
    tokens: Object.fromEntries(tokens),
    groups: byId([organization]),
    datasets: byId([dataset]),
    tasks: {},
  }
}

/** What the seed put in, found again in a state that lived on. */
export function seededParts(state: State): {
  organization: string
  dataset: string
  resources: string[]
  tokens: Record<SeededUser, string>
} {
  const dataset = Object.values(state.datasets).find((row) => row.columns['name'] === DATASET)
  return {
    organization: ORGANIZATION,
    dataset: dataset?.id ?? '',
    resources: (dataset?.resources ?? [])
      .filter((resource) => resource.state === 'active')
      .map((resource) => resource.id),
    tokens: {
      admin: tokenOf(state, 'admin'),
      editor: tokenOf(state, 'editor'),
      member: tokenOf(state, 'member'),
      outsider: tokenOf(state, 'outsider'),
    },
  }
}

function tokenOf(state: State, name: SeededUser): string {
  const entry = Object.entries(state.tokens).find(
    ([, token]) => token.name === TOKEN_NAME && state.users[token.userId]?.name === name,
  )
  return entry?.[0] ?? ''
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): Record<string, Row> {
  return Object.fromEntries(rows.map((row) => [row.id, row]))
}

function newOrganization(created: string, members: Record<string, string>): Group {
  return {
    id: crypto.randomUUID(),
    name: ORGANIZATION,
    title: 'Example Organization',
    description: 'The organization of the built-in CKAN.',
    imageUrl: '',
    isOrganization: true,
    created,
    extras: [],
    members,
  }
}

function newDataset(created: string, ownerOrg: string, creatorUserId: string): DatasetRow {
  const texts = {
    name: DATASET,
    title: 'Air quality',
    notes: 'Hourly measurements of the stations.',
    license_id: 'cc-by',
  }
  const empty = { author: null, author_email: null, maintainer: null, maintainer_email: null, url: null, version: null }
  return {
    id: crypto.randomUUID(),
    state: 'active',
    private: false,
    ownerOrg,
    creatorUserId,
    metadataCreated: created,
    metadataModified: created,
    columns: { ...empty, ...texts },
    extras: [{ key: 'region', value: 'North' }],
    tags: ['air', 'measurements'],
    resources: [
      newResource(created, { name: 'Measurements', url: '' }),
      newResource(
        created,
        {
          name: 'Old measurements',
          url: 'http://example.org/old.csv',
          format: 'CSV',
          mimetype: 'text/csv',
          description: 'As published until last year.',
        },
        { station_count: 12, quality: 'checked' },
      ),
      newResource(created, {
        name: 'Stations',
        url: 'http://example.org/stations.json',
        format: 'JSON',
        mimetype: 'application/json',
      }),
    ],
    collaborators: {},
  }
}

function newResource(created: string, columns: Fields, extras: Fields = {}): ResourceRow {
  const empty = {
    url: '',
    description: '',
    format: '',
    hash: '',
    name: null,
    resource_type: null,
    url_type: null,
    mimetype: null,
    mimetype_inner: null,
  }
  const technical = { cache_url: null, cache_last_updated: null, size: null, last_modified: null }
  return {
    id: crypto.randomUUID(),
    state: 'active',
    created,
    metadataModified: created,
    columns: { ...empty, ...technical, ...columns },
    extras,
  }
}
