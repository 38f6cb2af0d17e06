import type { FileRow } from './files.ts'
import type { Fields, Json } from './json.ts'

/** CKAN's releases that the stand-in behaves as. */
export type CkanVersion = '2.10' | '2.11' | '2.12'

export interface User {
  readonly id: string
  readonly name: string
  readonly fullname: string
  readonly email: string
  readonly sysadmin: boolean
  readonly created: string
  readonly about?: string
  readonly imageUrl?: string
}

export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly userId: string
  readonly created: string
  readonly lastAccess?: string
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly description: string
  readonly imageUrl: string
  readonly isOrganization: boolean
  readonly isDeleted?: boolean
  readonly created: string
  readonly extras: readonly Fields[]
  /** User id → `admin`, `editor` or `member`. */
  readonly members: Readonly<Record<string, string>>
}

/** The columns of CKAN's resource table that a caller can write. */
export interface ResourceRow {
  readonly id: string
  readonly state: string
  readonly created: string
  readonly metadataModified: string
  /** Values of the columns, `null` where there is none. */
  readonly columns: Fields
  readonly extras: Fields
  /**
   * Its position where that isn't its place in the list: CKAN leaves a gap where a resource was created with an id that
   * the dataset had.
   */
  readonly position?: number
}

export interface DatasetRow {
  readonly id: string
  readonly state: string
  readonly private: boolean
  readonly ownerOrg: string
  readonly creatorUserId: string
  readonly metadataCreated: string
  readonly metadataModified: string
  readonly columns: Fields
  readonly extras: readonly Fields[]
  readonly tags: readonly string[]
  /** In order; deleted ones come last. */
  readonly resources: readonly ResourceRow[]
  /** User id → `editor` or `member`. */
  readonly collaborators: Readonly<Record<string, string>>
}

/** A load that xloader was asked for. */
interface LoadTask {
  readonly submittedAtMs: number
}

/** A way to show a resource's file on its page. */
export interface ViewRow {
  readonly id: string
  readonly type: string
}

/** Everything the stand-in knows. Rows are replaced, never changed in place. */
export interface State {
  readonly users: Record<string, User>
  /** By the token itself. */
  readonly tokens: Record<string, ApiToken>
  readonly groups: Record<string, Group>
  readonly datasets: Record<string, DatasetRow>
  readonly tasks: Record<string, LoadTask>
  /** By the resource's id; absent in states of earlier versions. */
  views?: Record<string, readonly ViewRow[]>
  /** Absent in states of earlier versions. */
  files?: Record<string, FileRow>
}

export function findUser(state: State, idOrName: Json | undefined): User | undefined {
  return byIdOrName(state.users, idOrName, (user) => user.name)
}

export function findGroup(state: State, idOrName: Json | undefined): Group | undefined {
  return byIdOrName(state.groups, idOrName, (group) => group.name)
}

export function findDataset(state: State, idOrName: Json | undefined): DatasetRow | undefined {
  return byIdOrName(state.datasets, idOrName, (dataset) => dataset.columns['name'])
}

/** The dataset that holds the resource, be it deleted or not. */
export function findByResource(state: State, resourceId: Json | undefined): DatasetRow | undefined {
  return Object.values(state.datasets).find((dataset) =>
    dataset.resources.some((resource) => resource.id === resourceId),
  )
}

function byIdOrName<Row>(
  rows: Record<string, Row>,
  idOrName: Json | undefined,
  nameOf: (row: Row) => Json | undefined,
): Row | undefined {
  if (typeof idOrName !== 'string' || idOrName === '') return undefined
  return Object.hasOwn(rows, idOrName) ? rows[idOrName] : Object.values(rows).find((row) => nameOf(row) === idOrName)
}
