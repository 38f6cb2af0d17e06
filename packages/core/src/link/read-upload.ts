import type { ObjectEvent } from '../notifications/object-event.ts'
import type { Clock, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { Limiter } from '../support/limiter.ts'
import { DAY_MS } from '../support/units.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { timeOfUploadId } from '../uploads/keys.ts'
import { readRecord, recordIdOf, type UploadRecord } from '../uploads/upload-record.ts'
import { ignored, parked, type Result } from './result.ts'
import type { Upload } from './upload.ts'

export interface UploadReader {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'get'>
  readonly clock: Pick<Clock, 'now'>
  readonly limitStore: Limiter
}

/** The reconciliation keeps a record for at least this long. */
export const RECORDS_KEPT_MS = 30 * DAY_MS

/** An upload to inspect, or the result of an event that needs no look at the object. */
export type ReadUpload<Key extends UploadKey> =
  | { readonly upload: Upload<Key>; readonly result?: never }
  | { readonly upload?: never; readonly result: Result }

/** Reads the record of the upload that an event points to. Throws when the store does. */
export async function readUpload<Key extends UploadKey>(
  reader: UploadReader,
  event: ObjectEvent,
  parsed: Key,
): Promise<ReadUpload<Key>> {
  const stored = await reader.limitStore(() => readRecord(reader.store, recordIdOf(parsed)))
  const isForgotten = stored === undefined && isOld(parsed, reader.clock.now())
  if (isForgotten && event.restoresRecord !== true)
    return {
      result: ignored(`The upload ${parsed.uploadId} is old and has no record: nothing says what it may replace.`),
    }
  const isBlankAllowed = parsed.kind !== 'file' && !reader.settings.requireUploadRecord
  const fault = isForgotten ? undefined : faultOf(event.key, stored?.record, isBlankAllowed)
  if (fault) return { result: parked(fault) }
  const listed = {
    isListed: event.kind === 'listed',
    isScanned: event.kind === 'scanned',
    ...(event.kind === 'listed' && event.etag !== undefined && { listedEtag: event.etag }),
  }
  const { key, attempt = 1, mayWait = false } = event
  const opened = stored ?? { record: blankRecord(event.key, parsed), etag: undefined }
  return { upload: { key, parsed, attempt, mayWait, isForgotten, ...listed, stored: opened } }
}

/** Without its record, linking an old upload again could overwrite a person's later change. */
function isOld({ uploadId }: UploadKey, now: Date): boolean {
  return uploadId !== undefined && now.getTime() - timeOfUploadId(uploadId) > RECORDS_KEPT_MS
}

/** Only the record names the owner of a file that no resource links to. */
function faultOf(key: string, record: UploadRecord | undefined, isBlankAllowed: boolean): string | undefined {
  if (record && record.key !== key)
    return `The object ${JSON.stringify(key)} contains the id of an upload with the key ${JSON.stringify(record.key)}: upload the file again.`
  if (record || isBlankAllowed) return undefined
  return `The object ${JSON.stringify(key)} has no upload record: request an upload URL from the gateway, or set REQUIRE_UPLOAD_RECORD to false.`
}

function entityOf(parsed: UploadKey): UploadRecord['entity'] {
  if (parsed.kind === 'image') return { type: parsed.ownerType, id: parsed.ownerId }
  return parsed.kind === 'file' ? { type: 'file', id: parsed.uploadId } : { type: 'resource', id: parsed.resourceId }
}

function blankRecord(key: string, parsed: UploadKey): UploadRecord {
  return {
    version: 1,
    id: recordIdOf(parsed),
    entity: entityOf(parsed),
    key,
    declared: {},
    limits: {},
    state: 'issued',
  }
}
