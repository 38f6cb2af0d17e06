import { fileFieldsOf, type ShownDataset } from '@ckan-uplink/cli/migrate'
import { buildKey, identify, shownFile, type UploadRecord } from '@ckan-uplink/core/uploads'
import { v7 } from 'uuid'
import { type Brought, bring } from './bring.ts'
import type { FoundObject } from './find-objects.ts'
import type { Move } from './move.ts'
import { newRecord, type Prepared, prepareCopy } from './prepare-copy.ts'

/**
 * Copies the file, and writes its record. The linker later compares the SHA-256 in the record, unless the store has
 * compared the copy.
 */
export function prepareFile(dataset: ShownDataset, file: FoundObject, move: Move): Promise<Prepared> {
  const { resource } = file
  return prepareCopy(
    {
      from: file,
      entry: { dataset: dataset.id, resource: resource.id, before: fileFieldsOf(resource) },
      draft: () => draftRecord(dataset, file, move),
      bring: (record) => bring(file, record, move),
      hashOf: (brought) => hashOf(file, brought),
    },
    move,
  )
}

function draftRecord(dataset: ShownDataset, { resource, name, object }: FoundObject, move: Move): UploadRecord {
  const { settings } = move.linkDeps
  const id = v7()
  const shown = shownFile(settings, { id: resource.id, url: resource.url ?? '', format: resource.format ?? '' })
  const { fileName } = identify({ name, resource: shown, contentType: object.contentType })
  return {
    ...newRecord(move),
    id,
    entity: {
      type: 'resource',
      id: resource.id,
      dataset_id: dataset.id,
      ...(dataset.owner_org && { owner_org: dataset.owner_org }),
    },
    key: buildKey(settings.keyPrefix, { resourceId: resource.id, uploadId: id, fileName }),
    previous_url: resource.url ?? '',
    previous_last_modified: resource.last_modified ?? null,
    only_if_unchanged: true,
    declared: { ...(name !== undefined && { name }), size: object.size },
    // The file is on the portal already, so the limit for new files does not count.
    limits: { max_bytes: object.size },
  }
}

/** A loader knows by CKAN's MD5 that it has loaded the file, so the MD5 stays if the copy is compared. */
function hashOf({ resource, object }: FoundObject, { prepared: { isCompared }, sha256 }: Brought): string | undefined {
  if (sha256 === undefined || (isCompared && resource.hash === object.etag)) return undefined
  return `sha256:${sha256}`
}
