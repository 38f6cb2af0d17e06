/** A resource as CKAN shows it, as far as `migrate` reads it. */
export interface ShownResource {
  readonly id: string
  readonly name?: string | null
  readonly url: string | null
  /** `upload` for a file in CKAN's own store. */
  readonly url_type?: string | null
  readonly format?: string | null
  readonly mimetype?: string | null
  readonly size?: number | string | null
  readonly hash?: string | null
  readonly last_modified?: string | null
  /** Absent without the DataStore. */
  readonly datastore_active?: boolean
}

export interface ShownDataset {
  readonly id: string
  readonly name: string
  readonly private?: boolean
  readonly owner_org?: string | null
  readonly resources: readonly ShownResource[]
}
