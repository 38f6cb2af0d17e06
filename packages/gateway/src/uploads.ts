import type { Caller, Resource } from '@ckan-uplink/core'
import {
  buildKey,
  type Declared,
  extensionOfFormat,
  fileNameOfUrl,
  parseLinkedUrl,
  safeFileName,
  type UploadRecord,
  type UploadSigner,
} from '@ckan-uplink/core/uploads'
import type { UploadAnswer } from './answer-schemas.ts'
import { atStore } from './at-store.ts'
import type { GatewayDeps } from './deps.ts'
import { createRoom, type Room } from './open-uploads.ts'
import { createUploadIds } from './upload-ids.ts'

/** What an upload is asked for. */
export interface Intent {
  readonly resource: Pick<Resource, 'id' | 'url' | 'lastModified' | 'format'> & {
    readonly datasetId?: string
    readonly ownerOrg?: string | undefined
  }
  readonly requestedBy: Pick<Caller, 'id' | 'name'>
  readonly declared: Declared
  readonly expiresInSeconds: number
}

export interface Uploads {
  readonly room: Room
  /** The record of a new upload under an id and a key of its own; nothing is stored yet. */
  draft(intent: Intent): UploadRecord
  /** To be called once the record is stored: from then on somebody may put the object. */
  sign(
    record: UploadRecord,
    options: Pick<Parameters<UploadSigner['signUpload']>[0], 'createOnly'>,
  ): Promise<UploadAnswer>
}

export function createUploads(deps: GatewayDeps): Uploads {
  const { settings, signer, multipart, clock } = deps
  const mintId = createUploadIds(clock)
  return {
    room: createRoom(deps),
    draft({ resource, requestedBy, declared, expiresInSeconds }) {
      const shown = parseLinkedUrl(settings, resource.url)
      const id = mintId(shown?.resourceId === resource.id ? shown.uploadId : undefined)
      return {
        ...issuedTo(requestedBy, clock.now(), expiresInSeconds),
        id,
        entity: {
          type: 'resource',
          id: resource.id,
          ...(resource.datasetId !== undefined && { dataset_id: resource.datasetId }),
          ...(resource.ownerOrg !== undefined && { owner_org: resource.ownerOrg }),
        },
        key: buildKey(settings.keyPrefix, {
          resourceId: resource.id,
          uploadId: id,
          fileName: fileNameFor(declared, resource),
        }),
        previous_url: resource.url,
        previous_last_modified: resource.lastModified,
        declared,
        limits: { max_bytes: settings.maxUploadBytes },
      }
    },
    async sign(record, { createOnly }) {
      const { size, mimetype, hash } = record.declared
      const wanted = {
        key: record.key,
        expiresInSeconds: secondsLeft(record, clock.now()),
        createOnly,
        ...(size !== undefined && { size }),
        ...(mimetype !== undefined && { contentType: mimetype }),
        ...(hash !== undefined && { sha256: hash.slice('sha256:'.length) }),
      }
      const { url, headers, expiresAt } = await atStore(() => signer.signUpload(wanted))
      const upload = {
        id: record.id,
        method: 'PUT',
        url,
        headers,
        key: record.key,
        expires_at: expiresAt.toISOString(),
        max_bytes: Math.min(record.limits.max_bytes ?? settings.maxUploadBytes, multipart.limits.maxPartBytes),
      } as const
      return { presigned_url: url, upload }
    },
  }
}

/**
 * A URL puts its file once, unless the caller wants to use it again. With nothing declared no header may be needed for that, so that
 * `curl -T` is enough: where the store can't enforce it then, the linker writes CKAN once a minute for the upload.
 */
export function createOnlyFor(isDeclared: boolean, reusable = false): boolean | 'by-url' {
  if (reusable) return false
  return isDeclared || 'by-url'
}

/** What the record of every new upload says. */
export function issuedTo({ id, name }: Intent['requestedBy'], now: Date, expiresInSeconds: number) {
  return {
    version: 1,
    requested_by: name,
    requested_by_id: id,
    requested_at: now.toISOString(),
    expires_at: new Date(now.getTime() + expiresInSeconds * 1000).toISOString(),
    state: 'issued',
  } as const
}

/** What was declared, else what the file at the present URL is called, else `data` with the extension of the format. */
function fileNameFor(declared: Declared, resource: Pick<Resource, 'url' | 'format'>): string {
  const format = declared.format || declared.mimetype || resource.format
  return safeFileName(declared.name ?? fileNameOfUrl(resource.url) ?? `data${extensionOfFormat(format)}`)
}

function secondsLeft(record: UploadRecord, now: Date): number {
  return Math.max(1, Math.ceil((Date.parse(record.expires_at ?? '') - now.getTime()) / 1000))
}
