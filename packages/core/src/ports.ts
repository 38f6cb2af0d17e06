import type { ImageOwnerType } from './image-keys.ts'

/** One object as the store has it now. */
export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Without quotes. Opaque: equal means the same content was put by the same request, nothing else. */
  readonly etag: string
  readonly modifiedAt: Date
  /** As the uploader declared it; not to be believed. */
  readonly contentType?: string
  /** SHA-256 of the whole content in lower-case hex, where the store itself has verified it. */
  readonly sha256?: string
  /** Why the store does not give the bytes at the moment, and what to do. */
  readonly unreadable?: string
  /** Why no request that this service signs for has put this object as it is, and what to do. */
  readonly irregular?: string
}

/** Keys in a bucket. Strongly consistent; every failure is an `UplinkError`. */
export interface ObjectStore {
  /** `undefined` when there is no such object. */
  head(key: string): Promise<StoredObject | undefined>
  /** The object's bytes from `offset` on, at most `length` of them; for small objects and first bytes. */
  get(
    key: string,
    range?: { readonly offset?: number; readonly length?: number },
  ): Promise<{ readonly object: StoredObject; readonly bytes: Uint8Array } | undefined>
  /** SHA-256 of the whole content in lower-case hex, computed by reading it; `undefined` when the object with this ETag is no longer there. */
  sha256(key: string, etag: string): Promise<string | undefined>
  /** The new ETag; `undefined` when the condition didn't hold, and then nothing was written. `absent`: only where no object is. */
  put(
    key: string,
    bytes: Uint8Array,
    options?: { readonly contentType?: string; readonly onlyIf?: { readonly etag: string } | 'absent' },
  ): Promise<string | undefined>
  /** All keys that start with `prefix`, in the order of their UTF-8 bytes, beginning after the key `after`; without type and checksum where the store's listing has none. */
  list(prefix: string, options?: { readonly after?: string }): AsyncIterable<StoredObject>
  /** Harmless when there is no such object. A store that keeps versions, or what was deleted, can bring it back for a while. */
  remove(key: string): Promise<void>
  /**
   * Removes the object and every version of it that the store keeps. Harmless when there is none. Gives until when the store keeps
   * a copy all the same, as soft delete does; `undefined`: it keeps none.
   */
  purge(key: string): Promise<Date | undefined>
}

/** What a client has to send, exactly: `method`, `url`, `headers` and the body. The URL is a secret. */
export interface SignedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

/** Makes URLs that let a stranger do one thing with one key for a while. Signing touches no network. */
export interface UploadSigner {
  /**
   * What is given is signed and so enforced by the store as far as it can. `createOnly` refuses to overwrite; `'by-url'` does so
   * only where the URL alone enforces it, so that the client needs no header for it.
   */
  signUpload(upload: {
    readonly key: string
    readonly expiresInSeconds: number
    readonly createOnly: boolean | 'by-url'
    readonly size?: number
    readonly contentType?: string
    /** Lower-case hex. */
    readonly sha256?: string
  }): Promise<SignedRequest>
  /** The store's answer carries the given headers. */
  signDownload(download: {
    readonly method: 'GET' | 'HEAD'
    readonly key: string
    readonly expiresInSeconds: number
    readonly contentDisposition?: string
    readonly contentType?: string
    readonly cacheControl?: string
  }): Promise<SignedRequest>
}

/** One upload in parts at the store: `id` is the store's own and opaque. */
export interface MultipartUpload {
  readonly key: string
  readonly id: string
}

export interface UploadedPart {
  /** From 1 on. */
  readonly partNumber: number
  readonly size: number
}

/** What a store takes. The last part may be smaller. */
export interface MultipartLimits {
  readonly maxParts: number
  readonly minPartBytes: number
  readonly maxPartBytes: number
  /** Where it is less than as many parts as large as may be. */
  readonly maxObjectBytes?: number
}

/**
 * Uploads in parts, for files that are too large for one request or that are to be resumed. What has arrived is kept by the
 * store alone. Parts but the last are equal in size; a part that is sent again replaces the one before. Every failure is an
 * `UplinkError`.
 */
export interface MultipartSigner {
  readonly limits: MultipartLimits
  /** Begins an upload; the object has the given type when it is complete. */
  begin(upload: { readonly key: string; readonly contentType?: string }): Promise<string>
  /** What sends one part, its size signed where the store can enforce it. Touches no network. */
  signPart(
    part: MultipartUpload & { readonly partNumber: number; readonly size: number; readonly expiresInSeconds: number },
  ): Promise<SignedRequest>
  /** The parts that have arrived, by their numbers; `undefined` when the store knows of no such upload: it is complete, aborted or expired. */
  listParts(upload: MultipartUpload): Promise<readonly UploadedPart[] | undefined>
  /** Makes the object of all parts that have arrived; `undefined` as with `listParts`. */
  complete(upload: MultipartUpload & { readonly contentType?: string }): Promise<{ readonly etag: string } | undefined>
  /** Drops the parts. Harmless twice, and after `complete`. */
  abort(upload: MultipartUpload): Promise<void>
}

/** A resource as CKAN shows it. Strings are CKAN's own, not reworked; what CKAN leaves out is `null`. */
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
  /** When any field was changed last, by CKAN's clock, written as `lastModified`. */
  readonly metadataModified?: string | null
}

export interface Dataset {
  readonly id: string
  readonly state: string
  readonly private: boolean
  /** The id of the organization that owns it; absent where none does. */
  readonly ownerOrg?: string
  /** In CKAN's order. */
  readonly resources: readonly Resource[]
  /** CKAN's own clock when it answered (its `Date` header). */
  readonly readAt: Date
}

/** The fields that an upload owns. A field that is absent is left as it is. */
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
  /** The resource as it was read: written only where CKAN still shows this `url` and `lastModified`. */
  readonly resource: Resource
  readonly fields: ResourceFields
}

/** What CKAN answered to one write of several resources: all of them or none. */
export type Revision =
  | { readonly kind: 'written' }
  /** A resource isn't as it was read, or gone. Nothing was written. */
  | { readonly kind: 'conflict' }
  /** CKAN's validation refused it, in its own words; `resourceIds` are those among the changes that it named, none when the fault lies elsewhere. Nothing was written. */
  | { readonly kind: 'refused'; readonly resourceIds: readonly string[]; readonly message: string }

/** An organization, group or user, as far as its image goes. */
export interface ImageOwner {
  readonly type: ImageOwnerType
  readonly id: string
  readonly state: string
  /** As it was given to CKAN; `''` when there is none. */
  readonly imageUrl: string
}

/**
 * CKAN, seen by the service with its own token.
 * Throws `UnavailableError` or `TokenInvalidError` (try again), `NotAllowedError` (the token is valid and may not).
 */
export interface Catalog {
  /** `undefined`: CKAN itself said there is none. A deleted dataset is there, with `state: 'deleted'`. */
  readDataset(id: string): Promise<Dataset | undefined>
  /** The id of the dataset that holds this resource; `undefined`: CKAN itself said there is none. */
  findDataset(resourceId: string): Promise<string | undefined>
  /** Writes the changes of one dataset, compare-and-set, all or none. After an `UnavailableError` it is unknown whether they are written. */
  revise(datasetId: string, changes: readonly ResourceChange[]): Promise<Revision>
  /** Asks the configured loader to load the resource; `false`: not now, one is pending. */
  submit(resourceId: string): Promise<boolean>
  /** `undefined`: CKAN itself said there is none. What is deleted is there, with `state: 'deleted'`. */
  readImageOwner(type: ImageOwnerType, id: string): Promise<ImageOwner | undefined>
  /** Writes the image's URL and nothing else, whatever CKAN shows by now: it has no compare-and-set here. Throws `RefusedError`, `NotFoundError`, too. */
  setImage(owner: Pick<ImageOwner, 'type' | 'id'>, url: string): Promise<void>
}

/** The datasets of a CKAN, as a sysadmin sees them: private ones and drafts, too. Throws as `Catalog` does. */
export interface DatasetLister {
  /**
   * In the order of their ids, beginning after the id `after`; streamed. `since`: only those that were changed at that time or later.
   * A hint, as every listing: it may lag behind, and CKAN doesn't list what is deleted and not yet purged. `complete`: throws
   * `NotAllowedError` unless the token is a sysadmin's, from whom CKAN hides nothing, and `UnavailableError` where CKAN counts
   * datasets that it doesn't show.
   */
  datasets(options?: {
    readonly after?: string
    readonly since?: Date
    readonly complete?: boolean
  }): AsyncIterable<Dataset>
}

/** A user of CKAN, known by a valid token. */
export interface Caller {
  readonly id: string
  readonly name: string
  readonly sysadmin: boolean
}

/** What a loader says of the last load of a resource into the DataStore. */
export interface Load {
  /** The loader's own word: `pending`, `running`, `complete`, `error`. */
  readonly status: string
  /** UTC, as the loader writes it: `YYYY-MM-DDTHH:MM:SS.ffffff`, no zone. */
  readonly updatedAt: string | null
  readonly error?: string
}

/** CKAN's own answer to "may this caller …?". Throws `UnavailableError` when CKAN doesn't answer. */
export interface Authorizer {
  /** `undefined` for a token that CKAN doesn't know; CKAN calls that anonymous. */
  whoami(token: string): Promise<Caller | undefined>
  /** The resource as CKAN shows it to this caller (anonymous without a token); throws `NotAllowedError`, `NotFoundError`. */
  showResource(id: string, token?: string): Promise<Resource>
  /**
   * The id of the organization that owns the dataset, as CKAN's search index shows it to this caller. `undefined` when that is not known:
   * there is none, the index lags behind, or CKAN does not answer. Throws nothing.
   */
  findOwner(token: string, dataset: { readonly id: string } | { readonly name: string }): Promise<string | undefined>
  /** Whether CKAN would let this caller update this resource. Writes nothing, whatever the answer. */
  mayUpdate(token: string, resource: Pick<Resource, 'id' | 'datasetId'>): Promise<boolean>
  /**
   * Resources whose URL holds this text, as CKAN's search index shows them to this caller, of a hundred datasets at most. A hint: the
   * index may lag behind, and shows neither deleted datasets nor what is hidden from the caller.
   */
  findResources(token: string, text: string): Promise<readonly Resource[]>
  /** What the loader says of this resource; `undefined` where CKAN has no such loader, it never loaded this, or the caller may not know. */
  showLoad(token: string, loader: 'xloader' | 'datapusher', resourceId: string): Promise<Load | undefined>
  /** By id or name, as CKAN shows it to this caller (anonymous without a token); throws `NotAllowedError`, `NotFoundError`. */
  showImageOwner(type: ImageOwnerType, idOrName: string, token?: string): Promise<ImageOwner>
  /** Whether CKAN would let this caller update what has the image. Writes nothing, whatever the answer. */
  mayUpdateImage(token: string, owner: Pick<ImageOwner, 'type' | 'id'>): Promise<boolean>
}

/** A message that no handler answered. */
export interface DeadLetter {
  /** What the provider's decoder reads. */
  readonly body: unknown
  /** Why it is there, as far as the platform says. */
  readonly reason: string
}

/** The platform's dead-letter place. Every failure of it is an `UplinkError`. */
export interface DeadLetters {
  /**
   * Hands over every message there is, one after another, and gives how many were taken. One is removed only after `take` has
   * resolved; what `take` throws is thrown, and its message stays. Ends when the place is empty, apart from what somebody else is
   * taking. A message may be handed over twice.
   */
  drain(take: (letter: DeadLetter) => Promise<void>): Promise<number>
}

export interface Clock {
  now(): Date
  sleep(milliseconds: number): Promise<void>
}

/** One line a call, JSON where machines read it. Fields never hold a secret or a signed URL. */
export interface Logger {
  log(level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>): void
}
