import type { ImageOwnerType } from '../uploads/image-keys.ts'

/** A resource as CKAN shows it. Texts are unchanged; a field that CKAN omits is `null`. */
export interface Resource {
  readonly id: string
  readonly datasetId: string
  readonly state: string
  /** `''` when there is none. */
  readonly url: string
  readonly urlType: string | null
  readonly name: string | null
  readonly format: string
  readonly mimetype: string | null
  readonly size: number | null
  readonly hash: string
  readonly lastModified: string | null
  /** The last change of any field, by CKAN's clock, in the format of `lastModified`. */
  readonly metadataModified?: string | null
}

export interface Dataset {
  readonly id: string
  readonly state: string
  readonly private: boolean
  /** The id of the organization that owns the dataset; absent when no organization owns it. */
  readonly ownerOrg?: string
  /** In CKAN's order. */
  readonly resources: readonly Resource[]
  /** The time of CKAN's answer by CKAN's own clock (its `Date` header). */
  readonly readAt: Date
}

/** The fields that an upload owns. The linker does not change a field that is absent. */
export interface ResourceFields {
  readonly url: string
  readonly url_type: ''
  readonly mimetype: string
  readonly size: number
  /** `YYYY-MM-DDTHH:MM:SS`, UTC, no zone. */
  readonly last_modified: string
  readonly format?: string
  /** `sha256:<hex>`. */
  readonly hash?: string
}

export interface ResourceChange {
  /** The resource as the linker read it. CKAN writes only if it still shows this `url` and `lastModified`. */
  readonly resource: Resource
  readonly fields: ResourceFields | Pick<ResourceFields, 'url'>
}

/** CKAN's answer to one write of several resources. CKAN writes all of them or none. */
export type Revision =
  | { readonly kind: 'written' }
  /** A resource has changed since it was read, or is gone. Nothing was written. */
  | { readonly kind: 'conflict' }
  /**
   * CKAN's validation refused the write, in its own words. `resourceIds` are the changed resources that CKAN named;
   * empty when the fault is elsewhere. Nothing was written.
   */
  | { readonly kind: 'refused'; readonly resourceIds: readonly string[]; readonly message: string }

/** The place of an object as CKAN names it. */
export interface FilePlace {
  /** CKAN's name of the storage. */
  readonly storage: string
  /** The path inside the storage. */
  readonly location: string
}

/** A file as CKAN shows it. */
interface PlacedFile extends FilePlace {
  readonly owner: FileOwner
}

/** To whom a file of CKAN belongs. */
export interface FileOwner {
  /** A type of CKAN, such as `resource`, `package`, `organization`, `group` or `user`. */
  readonly type: string
  readonly id: string
  /** Whether CKAN refuses to give the file to another owner. */
  readonly pinned: boolean
}

/** The owner of an image, as far as its image is concerned. */
export interface ImageOwner {
  readonly type: ImageOwnerType
  readonly id: string
  readonly state: string
  /** As CKAN stores it; `''` when there is none. */
  readonly imageUrl: string
}

/**
 * CKAN as the service sees it with its own token. Throws `UnavailableError` or `TokenInvalidError`, after which the
 * same call may succeed later, and `NotAllowedError` when the token is valid but lacks the permission.
 */
export interface Catalog {
  /** `undefined` when CKAN itself answers "not found". A deleted dataset has `state: 'deleted'`. */
  readDataset(id: string): Promise<Dataset | undefined>
  /** The id of the dataset that contains this resource; `undefined` when CKAN itself answers "not found". */
  findDataset(resourceId: string): Promise<string | undefined>
  /**
   * Writes the changes of one dataset by compare-and-set, all or none. An `UnavailableError` leaves open whether CKAN
   * has written them.
   */
  revise(datasetId: string, changes: readonly ResourceChange[]): Promise<Revision>
  /** Asks the configured loader to load the resource; `false` when an earlier load is still pending. */
  submit(resourceId: string): Promise<boolean>
  /**
   * Creates CKAN's default views of a resource, given as CKAN shows it. Leaves out views of a kind that the resource
   * has, and views of tables, which the loader creates. Returns the number of new views.
   */
  createViews(resource: Resource): Promise<number>
  /** `undefined` when CKAN itself answers "not found". A deleted owner has `state: 'deleted'`. */
  readImageOwner(type: ImageOwnerType, id: string): Promise<ImageOwner | undefined>
  /**
   * Writes the image's URL and no other field. CKAN has no compare-and-set here, so this overwrites any URL.
   * Also throws `RefusedError` and `NotFoundError`.
   */
  setImage(owner: Pick<ImageOwner, 'type' | 'id'>, url: string): Promise<void>
  /**
   * Registers the object as a file of CKAN, which then belongs to the service. Returns the file also when it was
   * registered before, and whether this owner has it already. `undefined` when it belongs to somebody else. Throws
   * `RefusedError` when CKAN has no files, no such storage, or no object there.
   */
  registerFile(
    place: FilePlace,
    owner: FileOwner,
  ): Promise<{ readonly id: string; readonly isGiven: boolean } | undefined>
  /** Throws `NotFoundError` when CKAN has no such file. */
  renameFile(id: string, name: string): Promise<void>
  /**
   * Gives the file to this owner. A file that is pinned to an owner stays there. Throws `NotFoundError` when CKAN has
   * no such file, and `RefusedError` when it has no such owner.
   */
  giveFile(id: string, owner: FileOwner): Promise<void>
  /** `undefined` when CKAN has no such file. */
  readFile(id: string): Promise<PlacedFile | undefined>
  /**
   * Removes a file of this owner, and its object. `true` also when CKAN has no such file. `false` when the file
   * belongs to another owner by now; then it stays. Throws `RefusedError` when CKAN removes nothing from its storage.
   */
  removeFile(id: string, owner: FileOwner): Promise<boolean>
  /** Removes the file of any owner, and its object. Throws `NotFoundError`, and `RefusedError` as above. */
  deleteFile(id: string): Promise<void>
}
