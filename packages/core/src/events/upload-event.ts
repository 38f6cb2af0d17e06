import { sha256Hex } from '../support/digest.ts'
import { imageUrl, uploadKeyOf } from '../uploads/image-keys.ts'
import { linkedUrl, type UrlSettings } from '../uploads/linked-url.ts'
import type { EntityType, FailureCode, UploadRecord } from '../uploads/upload-record.ts'

/** What receivers hear about an upload. Never a signed URL, a status key, or the name of a person. */
interface UploadFacts {
  readonly upload: string
  readonly entity: { readonly type: EntityType; readonly id: string }
  /** The dataset's id. */
  readonly dataset?: string
  /** The id of the organization that owned the dataset when the upload was requested. */
  readonly organization?: string
  readonly name?: string
  readonly size?: number
  readonly mimetype?: string
  /** `sha256:<hex>` */
  readonly hash?: string
  /** Of a linked file: the address that CKAN shows. Readers need the same permission there as ever. */
  readonly url?: string
  readonly version?: string
  /** Of a linked file that no resource links to: its id in CKAN. */
  readonly file?: string
  /** Of a failed upload. */
  readonly code?: FailureCode
  /** Of a failed or removed upload. */
  readonly reason?: string
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface UploadEvent {
  readonly specversion: '1.0'
  /** The same each time the event is sent. */
  readonly id: string
  readonly source: string
  readonly type: `ckan-uplink.upload.${EventKind}`
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: UploadFacts
}

type EventKind = 'linked' | 'failed' | 'parked' | 'removed'

/** Queues take messages of 64 KB at least. */
const MAX_REASON_CHARACTERS = 2_000

/** Whether the later record shows an event that the earlier one does not show. */
export function showsNewEvent(before: UploadRecord, after: UploadRecord): boolean {
  return factsOfChange(before) !== factsOfChange(after)
}

/** The event that a record shows, at the given time unless the record has its time. `undefined` for other states. */
export async function eventOf(settings: UrlSettings, record: UploadRecord, at: Date): Promise<UploadEvent | undefined> {
  const kind = eventKindOf(record)
  if (kind === undefined) return undefined
  const { entity, linked, withdrawn } = record
  const time = kind === 'linked' ? linked?.at : withdrawn?.at
  return {
    specversion: '1.0',
    id: (await sha256Hex(factsOfChange(record))).slice(0, 32),
    source: settings.gatewayUrl,
    type: `ckan-uplink.upload.${kind}`,
    subject: `${entity.type}/${entity.id}`,
    time: time ?? at.toISOString(),
    datacontenttype: 'application/json',
    data: factsOf(settings, record, kind),
  }
}

function eventKindOf({ state, code }: UploadRecord): EventKind | undefined {
  if (state === 'linked') return 'linked'
  if (state === 'withdrawn') return 'removed'
  if (state === 'failed') return code === 'parked' ? 'parked' : 'failed'
  return undefined
}

/** Two events never have the same text. A repeated attempt leads to the same text. */
function factsOfChange({ id, state, code, linked, reason, withdrawn }: UploadRecord): string {
  // A linker that was interrupted finds the file infected again, at a later time.
  const removal = code === 'infected' ? code : withdrawn?.at
  const what = state === 'linked' ? [linked?.version, linked?.nth] : state === 'withdrawn' ? [removal] : [state, reason]
  return JSON.stringify([id, state, ...what])
}

function factsOf(settings: UrlSettings, record: UploadRecord, kind: EventKind): UploadFacts {
  const { id: upload, entity, declared, linked, code, withdrawn } = record
  const isLinked = kind === 'linked'
  // The reason of a parked message may name addresses that only operators know.
  const reason = isLinked || kind === 'parked' ? undefined : (withdrawn?.reason ?? record.reason)
  const present = {
    dataset: entity.dataset_id,
    organization: entity.owner_org,
    name: declared.name ?? fileNameOf(settings, record),
    size: linked?.size ?? declared.size,
    mimetype: linked?.mimetype ?? declared.mimetype,
    hash: linked?.checksum ?? declared.hash,
    url: isLinked ? urlOf(settings, record) : undefined,
    version: isLinked ? linked?.version : undefined,
    file: isLinked && entity.type === 'file' ? record.file?.id : undefined,
    code: kind === 'failed' ? code : undefined,
    reason: reason?.slice(0, MAX_REASON_CHARACTERS),
  }
  const known = Object.entries(present).filter(([, value]) => value !== undefined)
  return { upload, entity: { type: entity.type, id: entity.id }, ...Object.fromEntries(known) }
}

function fileNameOf({ keyPrefix }: UrlSettings, { key }: UploadRecord): string | undefined {
  return uploadKeyOf(keyPrefix, key)?.fileName
}

/** A file at a plain key has the name that CKAN gives it, which the record does not say. */
function urlOf(settings: UrlSettings, { key, linked }: UploadRecord): string | undefined {
  const parsed = uploadKeyOf(settings.keyPrefix, key)
  if (parsed === undefined || linked === undefined) return undefined
  if (parsed.kind === 'image') return imageUrl(settings, parsed, linked.version)
  if (parsed.kind === 'file') return undefined
  const { fileName } = parsed
  return fileName === undefined ? undefined : linkedUrl(settings, { ...parsed, fileName }, linked.version)
}
