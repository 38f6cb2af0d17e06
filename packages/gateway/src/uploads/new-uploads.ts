import type { Caller, Resource } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import {
  buildKey,
  type Declared,
  identify,
  parseLinkedUrl,
  reservationOf,
  shownFile,
  type UploadRecord,
  type UploadSigner,
} from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import type { UploadAnswer } from './answers.ts'
import { createRoom, type Room } from './open-uploads.ts'
import { createQuotas, type Quotas } from './quotas.ts'
import { checkReplaced, type Replaced } from './replaced.ts'
import { signedType } from './signed-type.ts'
import { createUploadIds } from './upload-ids.ts'

/** The resource, the caller and the declared values of a new upload. */
export interface Intent {
  readonly resource: Pick<Resource, 'id' | 'url' | 'lastModified' | 'format'> & {
    readonly datasetId?: string
    readonly ownerOrg?: string | undefined
    readonly size?: number | null
  }
  readonly requestedBy: Pick<Caller, 'id' | 'name'>
  readonly declared: Declared
  readonly expiresInSeconds: number
  /** Default: a new id. */
  readonly uploadId?: string
  readonly statusKeyHash?: string | undefined
  /** What the resource must still show, now and when the file arrives. Default: see `decide`. */
  readonly replaces?: Replaced | undefined
}

export interface NewUploads {
  readonly room: Room
  readonly quotas: Quotas
  /** A new upload id, greater than `after`. */
  mintId(after?: string): string
  /**
   * The record of a new upload under its own id and key. It stores nothing. Throws `RefusedError` if the resource has
   * changed since the caller read it.
   */
  draft(intent: Intent): UploadRecord
  /** Signs the upload URL. Store the record before: from now on the object may appear. */
  sign(
    record: UploadRecord,
    options: Pick<Parameters<UploadSigner['signUpload']>[0], 'createOnly'> & { readonly statusKey: string | undefined },
  ): Promise<UploadAnswer>
}

export function createNewUploads(deps: GatewayDeps): NewUploads {
  const { settings, signer, multipart, clock } = deps
  const mintId = createUploadIds(clock)
  return {
    room: createRoom(deps),
    quotas: createQuotas(deps),
    mintId,
    draft({ resource, declared, uploadId, replaces, ...intent }) {
      checkReplaced(resource, replaces)
      const id = uploadId ?? mintId(shownUploadId(settings, resource))
      const now = clock.now()
      const issued = issuedTo(intent, now)
      const reserved = reservationOf(settings, resource, { now, expiresAt: new Date(issued.expires_at) })
      return {
        ...issued,
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
          fileName: identify({ name: declared.name, declared, resource: shownFile(settings, resource) }).fileName,
        }),
        previous_url: resource.url,
        previous_last_modified: resource.lastModified,
        ...(replaces !== undefined && { only_if_unchanged: true as const }),
        declared,
        limits: { max_bytes: settings.maxUploadBytes },
        ...(reserved !== undefined && { reserved }),
      }
    },
    async sign(record, { createOnly, statusKey }) {
      const { size, hash } = record.declared
      const contentType = signedType(settings, record)
      const wanted = {
        key: record.key,
        expiresInSeconds: secondsLeft(record, clock.now()),
        // A verdict is about an ETag, which two contents can share on S3 and R2.
        createOnly: settings.scanner === undefined ? createOnly : true,
        ...(size !== undefined && { size }),
        ...(contentType !== undefined && { contentType }),
        ...(hash !== undefined && { sha256: hash.slice('sha256:'.length) }),
      }
      const { url, headers, expiresAt } = await signer.signUpload(wanted)
      const upload = {
        id: record.id,
        method: 'PUT',
        url,
        headers,
        key: record.key,
        ...(statusKey !== undefined && { status_key: statusKey }),
        expires_at: expiresAt.toISOString(),
        max_bytes: Math.min(record.limits.max_bytes ?? settings.maxUploadBytes, multipart.limits.maxPartBytes),
      } as const
      return { presigned_url: url, upload }
    },
  }
}

/** The id of the upload that CKAN shows for a resource. A new upload needs a greater id. */
export function shownUploadId(settings: Settings, { id, url }: Pick<Resource, 'id' | 'url'>): string | undefined {
  const shown = parseLinkedUrl(settings, url)
  return shown?.resourceId === id ? shown.uploadId : undefined
}

/**
 * How a URL accepts only one file, unless the caller asks for a reusable URL. Without declared values the URL must work
 * without headers, so that `curl -T` is enough. Where the store then cannot enforce one file, the linker updates CKAN
 * at most once a minute.
 */
export function createOnlyFor(isDeclared: boolean, reusable = false): boolean | 'by-url' {
  if (reusable) return false
  return isDeclared || 'by-url'
}

/** The fields that the records of all new uploads share. */
export function issuedTo(
  {
    requestedBy: { id, name },
    expiresInSeconds,
    statusKeyHash,
  }: Pick<Intent, 'requestedBy' | 'expiresInSeconds' | 'statusKeyHash'>,
  now: Date,
) {
  return {
    version: 1,
    requested_by: name,
    requested_by_id: id,
    requested_at: now.toISOString(),
    expires_at: new Date(now.getTime() + expiresInSeconds * 1000).toISOString(),
    ...(statusKeyHash !== undefined && { status_key_hash: statusKeyHash }),
    state: 'issued',
  } as const
}

function secondsLeft(record: UploadRecord, now: Date): number {
  return Math.max(1, Math.ceil((Date.parse(record.expires_at ?? '') - now.getTime()) / 1000))
}
