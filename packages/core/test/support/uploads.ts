import type { Resource, StoredObject } from '../../src/index.ts'
import { identityOf } from '../../src/link/resource-fields.ts'
import type { FileCandidate, Upload } from '../../src/link/upload.ts'
import type { ResourceKey, UploadRecord } from '../../src/uploads/index.ts'
import { createdEvent, recordOf, settingsOf } from './fixtures.ts'
import { resourceOf } from './table-catalog.ts'

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

/** A valid object of an upload to a resource without a file. */
export function candidateOf(
  upload: Upload,
  more: Partial<FileCandidate> = {},
  resource: Resource = resourceOf(upload.parsed.resourceId),
): FileCandidate {
  const { object = objectOf(upload.parsed) } = more
  const identity = identityOf(settingsOf(), resource, { upload, object })
  return { upload, object, identity, version: '0123456789abcdef', ...more }
}
