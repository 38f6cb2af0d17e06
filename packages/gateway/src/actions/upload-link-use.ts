import { RefusedError, type Resource } from '@ckan-uplink/core'
import { amountOf, type UploadRecord } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { refusal } from '../http/validate.ts'
import type { CheckedPlace } from '../links/ask-plugin.ts'
import { requirePlaceOf } from '../links/place-of-link.ts'
import { requireLink } from '../links/require-link.ts'
import { requireRoom, takeRoom } from '../links/take-room.ts'
import { markWaiting } from '../links/upload-link.ts'
import { upload } from '../uploads/answers.ts'
import { answerInParts, beginInParts, planUpload } from '../uploads/begin-parts.ts'
import { declaredIn, faultsOfFile } from '../uploads/file-checks.ts'
import { createStatusKey } from '../uploads/status-keys.ts'
import { defineAction } from './define-action.ts'
import { exampleUpload, LINK, RESOURCE } from './examples.ts'
import { fileName, hash, id, mimetype, optional, wholeNumber } from './fields.ts'

const request = v.object({
  id: v.pipe(id, v.description('The link.')),
  name: fileName('The name of the file. The extension sets the format.'),
  size: v.pipe(wholeNumber(1, Number.MAX_SAFE_INTEGER), v.description('The size in bytes.')),
  mimetype: optional(mimetype),
  hash: optional(hash),
})

/**
 * Always in parts: there is no object until the upload is complete, and before that the gateway asks the plugin again.
 * The room in the link is taken last, so that a refused file takes none.
 */
export const uploadLinkUse = defineAction({
  name: 'upload_link_use',
  summary: 'Begins an upload in parts by an upload link, without an account',
  description:
    'The header `Authorization` has `uplink-link-` and the fragment of the address, as for the following `upload_sign_parts` and `upload_complete`. Each call takes one file and its size from what the link allows.',
  request,
  answer: v.strictObject({
    resource: v.pipe(v.string(), v.description('The resource that gets the file. A new one does not exist yet.')),
    upload,
  }),
  answerDescription: 'Send `part_count` parts of `part_size` bytes, then call `upload_complete`.',
  example: {
    request: { id: LINK, name: 'budget.csv', size: 1234 },
    result: {
      resource: RESOURCE,
      upload: { ...exampleUpload.upload, url: null, headers: {}, part_size: 16777216, part_count: 1 },
    },
  },
  errors: [404],
  links: true,
  async run(context, caller, { id: linkId, ...file }) {
    const { settings, recallPlugin, store, records, uploads, logger } = context
    const link = requireLink(caller, linkId)
    const faults = faultsOfFile(settings, file)
    if (Object.keys(faults).length > 0) throw refusal(faults)
    const plan = planUpload(context, { size: file.size, multipart: true })
    if (plan === undefined) throw refusal({ size: ['Is not possible in parts'] })
    // Also before the question, so that a link that is used up costs CKAN nothing.
    requireRoom(link, file.size)
    const place = await requirePlaceOf(recallPlugin, link)
    const resource = resourceOf(place)
    await uploads.room.require(caller, 'files')
    await uploads.quotas.require(place.owner_org, () => amountOf(settings, resource, file.size)).catch(withoutSums)
    await takeRoom(store, link.id, file.size)
    const { key: statusKey, hash: statusKeyHash } = await createStatusKey()
    const intent = {
      resource,
      requestedBy: caller,
      declared: declaredIn(file),
      expiresInSeconds: settings.urlExpiresInSeconds,
      statusKeyHash,
    }
    const begun = await beginInParts(context, uploads, intent, plan)
    const record = {
      ...noteNewResource(begun, place),
      link: link.id,
      ...(!link.publish && { held: 'proposed' as const }),
    }
    if (!link.publish) await markWaiting(store, link.dataset, record.id)
    await records.announce(record)
    logger.log('info', 'upload_issued', { upload: record.id, resource: resource.id, by: caller.name, name: file.name })
    return { resource: resource.id, upload: answerInParts(record, plan, statusKey).upload }
  },
})

/** The sums of the organization are for its users. */
function withoutSums(thrown: unknown): never {
  if (!(thrown instanceof RefusedError)) throw thrown
  throw refusal({ quota: ['There is no room for this file now: ask the person who gave you the link'] })
}

/** A record without `previous_url` says that somebody has to create the resource first. */
function noteNewResource({ previous_url, ...record }: UploadRecord, { resource }: CheckedPlace): UploadRecord {
  return { ...record, ...(resource !== null && previous_url !== undefined && { previous_url }) }
}

/** The resource as it is, or a new resource, which does not exist yet. */
function resourceOf({ dataset, owner_org, resource, url, last_modified, format, size = null }: CheckedPlace) {
  return {
    id: resource ?? crypto.randomUUID(),
    datasetId: dataset,
    ownerOrg: owner_org,
    url,
    lastModified: last_modified,
    format,
    size,
  } satisfies Partial<Resource> & { readonly ownerOrg: string | undefined }
}
