import type { Clock, StoredObject } from '@ckan-uplink/core'
import {
  type FileIdentity,
  identify,
  RECORDS_COMPLETE_KEY,
  type ServingFacts,
  type ShownFile,
  type UploadRecord,
  versionOf,
} from '@ckan-uplink/core/uploads'
import { HTTPException } from 'hono/http-exception'
import type { GatewayDeps } from '../deps.ts'
import type { Records } from '../uploads/records.ts'

const MARKER_MS = 300_000

/** The facts of the bucket about an object that a caller wants to read. */
export interface LinkedObject extends Omit<ServingFacts, 'shownVersion'> {
  readonly object: StoredObject | undefined
}

/** Reads an object's head, its record and the marker, which together decide whether the object is served. */
export type FindLinkedObject = (key: string, recordId: string) => Promise<LinkedObject>

export function createLinkedObjects(
  { settings, store, clock }: Pick<GatewayDeps, 'settings' | 'store' | 'clock'>,
  records: Records,
) {
  const isScanned = settings.scanner !== undefined
  const areRecordsComplete = createMarker(clock, () => store.head(RECORDS_COMPLETE_KEY))
  return async (key: string, recordId: string): Promise<LinkedObject> => {
    const [record, object, recordsComplete] = await Promise.all([
      records.find(recordId),
      store.head(key),
      areRecordsComplete(),
    ])
    const version = object && (await versionOf(object.etag))
    return { key, record, object, version, recordsComplete, isScanned }
  }
}

/**
 * Says to readers of a file what the linker said to CKAN. Records of older versions do not hold it: there the name
 * counts most, then the present resource, then the declared type. The media type that the uploader stored never counts.
 */
export function identityOf(
  { record, version }: Pick<LinkedObject, 'record' | 'version'>,
  name: string,
  resource?: ShownFile,
): FileIdentity {
  const { declared = {}, linked } = record ?? {}
  const told = linked?.version === version ? linked?.mimetype : undefined
  const facts = told === undefined ? { contentType: declared.mimetype, resource } : { contentType: told }
  const identity = identify({ name, declared: { format: declared.format }, ...facts })
  return { ...identity, mimetype: told ?? identity.mimetype }
}

/**
 * Answers 410 for a file that was withdrawn. The reason in the record is for people who may update, so it stays there.
 */
export function withdrawnError({ withdrawn }: Pick<UploadRecord, 'withdrawn'>): HTTPException {
  const when = withdrawn === undefined ? '' : ` on ${withdrawn.at}`
  return new HTTPException(410, { message: `This file was withdrawn${when} and is no longer available.` })
}

/** Asks for the marker until it is there, once in five minutes. */
function createMarker(clock: Pick<Clock, 'now'>, head: () => Promise<StoredObject | undefined>) {
  let isThere = false
  let askAt = 0
  return async (): Promise<boolean> => {
    const now = clock.now().getTime()
    if (isThere || now < askAt) return isThere
    isThere = (await head()) !== undefined
    askAt = now + MARKER_MS
    return isThere
  }
}
