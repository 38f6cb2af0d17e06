import { NotAllowedError, type StoredObject, UplinkError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { keysOf } from './label.ts'

/** The metadata of a file. It exists before the file, and says to whom the label belongs. */
export interface Document {
  readonly version: 1
  /** The id of the CKAN user. */
  readonly owner: string
  /** As the owner set them. */
  readonly fields: JsonObject
}

interface StoredDocument {
  readonly document: Document
  /** `undefined` when the document is not stored yet. */
  readonly etag: string | undefined
}

const ATTEMPTS = 4
const MAX_BYTES = 65_536

/** The documents beside the files. Every write is a compare-and-set, so no writer takes a label from another. */
export interface Documents {
  find(label: string): Promise<Document | undefined>
  /** Gives a new label to the caller. Throws `NotAllowedError` for a label of somebody else. */
  claim(label: string, caller: KnownCaller): Promise<void>
  /** Changes the fields and returns the document. Throws as `claim` does. */
  change(label: string, caller: KnownCaller, to: (fields: JsonObject) => JsonObject): Promise<Document>
}

export function createDocuments({ store }: Pick<GatewayDeps, 'store'>): Documents {
  async function read(label: string): Promise<StoredDocument | undefined> {
    const key = keysOf(label).metadata
    const found = await store.get(key)
    return found && { document: parseDocument(key, found.bytes), etag: found.object.etag }
  }

  /** An operator may have put a file without a document. It belongs to no user. */
  async function open(label: string, caller: KnownCaller): Promise<StoredDocument> {
    const stored = await read(label)
    const isFree = stored === undefined && (await store.head(keysOf(label).file)) === undefined
    if (!isFree && stored?.document.owner !== caller.id)
      throw new NotAllowedError(`The label ${label} belongs to somebody else: choose another label.`)
    return stored ?? { document: { version: 1, owner: caller.id, fields: {} }, etag: undefined }
  }

  async function write(label: string, { document, etag }: StoredDocument): Promise<boolean> {
    const bytes = new TextEncoder().encode(JSON.stringify(document))
    if (bytes.length > MAX_BYTES) throw refusal({ message: [`All metadata together may have ${MAX_BYTES} bytes`] })
    const onlyIf = etag === undefined ? 'absent' : { etag }
    return (await store.put(keysOf(label).metadata, bytes, { contentType: 'application/json', onlyIf })) !== undefined
  }

  const documents: Documents = {
    async find(label) {
      return (await read(label))?.document
    },
    async claim(label, caller) {
      const stored = await open(label, caller)
      if (stored.etag !== undefined || (await write(label, stored))) return
      await open(label, caller)
    },
    async change(label, caller, to) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const stored = await open(label, caller)
        const document = { ...stored.document, fields: to(stored.document.fields) }
        if (await write(label, { ...stored, document })) return document
      }
      throw refusal({ message: ['Another request keeps changing the metadata of this label: send this one again'] })
    },
  }
  return documents
}

function parseDocument(key: string, bytes: Uint8Array): Document {
  try {
    const document: Document = JSON.parse(new TextDecoder().decode(bytes))
    if (document.version === 1 && document.owner && isObject(document.fields)) return document
  } catch {
    // Reported below, like any other content.
  }
  throw new UplinkError('store', `The object ${key} is not metadata of version 1: restore or remove it.`, false)
}

/** The metadata in the form of old CKANs. Names with `_` are facts about the file. */
export function describeFile(
  { bucket }: { readonly bucket: string },
  { label, location, object, document }: FileFacts,
): JsonObject {
  return {
    ...document?.fields,
    _bucket: bucket,
    _content_length: object.size,
    _format: object.contentType ?? 'application/octet-stream',
    _label: `/${label}`,
    _last_modified: object.modifiedAt.toUTCString(),
    _location: location,
    _owner: null,
    ...(document !== undefined && { 'uploaded-by': document.owner }),
  }
}

export interface FileFacts {
  readonly label: string
  readonly location: string
  readonly object: StoredObject
  /** Absent for a file that an operator has put. */
  readonly document: Document | undefined
}
