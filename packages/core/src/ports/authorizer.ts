import type { ImageOwnerType } from '../uploads/image-keys.ts'
import type { Dataset, ImageOwner, Resource } from './catalog.ts'

/** A user of CKAN, known by a valid token. */
export interface Caller {
  readonly id: string
  readonly name: string
  readonly sysadmin: boolean
}

/** The loader's report on the last load of a resource into the DataStore. */
export interface Load {
  /** The loader's own word: `pending`, `running`, `complete`, `error`. */
  readonly status: string
  /** UTC, as the loader writes it: `YYYY-MM-DDTHH:MM:SS.ffffff`, no zone. */
  readonly updatedAt: string | null
  readonly error?: string
}

/** CKAN's answer to new resources for a dataset. CKAN adds all of them or none. */
export type Addition =
  | { readonly kind: 'added' }
  /** The dataset has other resources than given, or another order. */
  | { readonly kind: 'changed' }
  /** CKAN's validation refused some of the new resources: its messages by field, by the index of the new resource. */
  | { readonly kind: 'refused'; readonly faults: ReadonlyMap<number, Readonly<Record<string, unknown>>> }

/** CKAN's own answer to "may this caller …?". Throws `UnavailableError` when CKAN does not answer. */
export interface Authorizer {
  /** `undefined` for a token that CKAN does not know; CKAN treats such a caller as anonymous. */
  whoami(token: string): Promise<Caller | undefined>
  /**
   * The resource as CKAN shows it to this caller, who is anonymous without a token. Throws `NotAllowedError` and
   * `NotFoundError`.
   */
  showResource(id: string, token?: string): Promise<Resource>
  /** The dataset as CKAN shows it to this caller. Throws `NotAllowedError` and `NotFoundError`. */
  showDataset(idOrName: string, token: string): Promise<Dataset>
  /**
   * Appends resources to a dataset as this caller, if the dataset has exactly the resources `known`, in this order. The
   * fields of each new resource contain its id, which must not be in `known`. Throws `NotAllowedError` when the caller
   * may not update the dataset. An `UnavailableError` leaves open whether CKAN has added them.
   */
  addResources(
    token: string,
    dataset: { readonly id: string; readonly known: readonly string[] },
    resources: readonly Readonly<Record<string, unknown>>[],
  ): Promise<Addition>
  /**
   * The id of the organization that owns the dataset, as CKAN's search index shows it to this caller. `undefined` when
   * there is no organization, the index lags behind, or CKAN does not answer. Never throws.
   */
  findOwner(token: string, dataset: { readonly id: string } | { readonly name: string }): Promise<string | undefined>
  /** Whether CKAN would let this caller update this resource. Writes nothing. */
  mayUpdate(token: string, resource: Pick<Resource, 'id' | 'datasetId'>): Promise<boolean>
  /** Whether CKAN lets this caller create a dataset in some organization. */
  mayCreateDatasets(token: string): Promise<boolean>
  /** The id of the organization with this id or name, if CKAN lets this caller create datasets there. */
  findOrganization(token: string, idOrName: string): Promise<string | undefined>
  /**
   * Resources whose URL contains this text, as CKAN's search index shows them to this caller, from at most a hundred
   * datasets. A hint: the index may lag behind, and omits deleted datasets and datasets that are hidden from the
   * caller.
   */
  findResources(token: string, text: string): Promise<readonly Resource[]>
  /**
   * The loader's report on this resource. `undefined` when CKAN does not have this loader, when it never loaded the
   * resource, and when the caller may not see the report.
   */
  showLoad(token: string, loader: 'xloader' | 'datapusher', resourceId: string): Promise<Load | undefined>
  /**
   * The owner by id or name, as CKAN shows it to this caller, who is anonymous without a token. Throws
   * `NotAllowedError` and `NotFoundError`.
   */
  showImageOwner(type: ImageOwnerType, idOrName: string, token?: string): Promise<ImageOwner>
  /** Whether CKAN would let this caller update the owner of the image. Writes nothing. */
  mayUpdateImage(token: string, owner: Pick<ImageOwner, 'type' | 'id'>): Promise<boolean>
}
