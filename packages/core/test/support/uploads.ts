import type { StoredObject } from '../../src/index.ts'
import type { Candidate, Upload } from '../../src/link/upload.ts'
import type { ResourceKey, UploadRecord } from '../../src/uploads/index.ts'
import { createdEvent, recordOf } from './fixtures.ts'

/** An upload as the linker opened it; without a record when `record` is `null`. */
export function uploadOf(key: ResourceKey, record: Partial<UploadRecord> | null = {}): Upload {
  const announced = recordOf(key, record ?? {})
  return {
    key: createdEvent(key).key,
    parsed: key,
    attempt: 1,
    mayWait: false,
    isListed: false,
    stored: { record: announced, etag: record === null ? undefined : 'record-1' },
  }
}

export function objectOf(key: ResourceKey, more: Partial<StoredObject> = {}): StoredObject {
  return { key: createdEvent(key).key, size: 8, etag: 'etag-1', modifiedAt: new Date(0), ...more }
}

/** A valid object of an upload. */
export function candidateOf(upload: Upload, more: Partial<Candidate> = {}): Candidate {
  return { upload, object: objectOf(upload.parsed), version: '0123456789abcdef', ...more }
}
