import { type Dataset, NotFoundError, type RefusedError, type Resource } from '@ckan-uplink/core'
import {
  amountOf,
  hasQuotas,
  moveReservation,
  type Present,
  releaseUpload,
  reservationOf,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import { type KnownCaller, requireUpdate } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { findByLink, requireProposed } from '../links/held-upload.ts'
import { requirePlace } from '../links/place-of-link.ts'
import { unmarkWaiting } from '../links/upload-link.ts'
import { endedUpload } from '../uploads/answers.ts'
import { createMissing } from '../uploads/new-resources.ts'
import { shownUploadId } from '../uploads/new-uploads.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleRecord, UPLOAD } from './examples.ts'
import { uploadOnly } from './fields.ts'

/** Creates the resource first: a second call finds it. CKAN is asked by this write, or by the probe of an update. */
export const uploadAccept = defineAction({
  name: 'upload_accept',
  summary: 'Accepts a file that waits, which the linker then links, for users who may update the dataset',
  description:
    'If the upload link is for a dataset, the resource is created in CKAN with the name of the file, as this user.',
  request: uploadOnly,
  answer: endedUpload,
  answerDescription: 'The record. `upload_show` says when it is linked.',
  example: { request: { id: UPLOAD }, result: { upload: exampleRecord } },
  errors: [404],
  grants: ['accept'],
  async run(context, caller, { id }) {
    const { settings, store, records, authorizer, logger } = context
    const { stored, dataset: datasetId } = await findByLink(records, caller, id)
    const { record } = stored
    requireProposed(record)
    const dataset = await authorizer.showDataset(datasetId, caller.token)
    if (dataset.state === 'deleted') throw new NotFoundError('Dataset was not found.')
    await requireQuota(context, caller, record, dataset)
    const resource = await findResource(context, caller, record, dataset)
    if ((shownUploadId(settings, resource) ?? '') > record.id)
      throw refusal({ id: ['The resource has a file that was uploaded later. Refuse this one, or ask for it again'] })
    const present = presentOf(context, record, { ...resource, ownerOrg: dataset.ownerOrg })
    const released = { ...record, ...present }
    await moveReservation(store, record, released)
    const upload = await releaseUpload(store, settings, stored, present)
    await unmarkWaiting(store, datasetId, id)
    if (upload.state === 'withdrawn') {
      await records.close(released)
      throw refusedMeanwhile(record, resource)
    }
    logger.log('info', 'upload_accepted', { upload: id, resource: resource.id, by: caller.name })
    return { upload }
  },
})

/** A file that waits reserves its place for a week. After that, it is counted as a new one. */
async function requireQuota(
  { settings, uploads, clock, askPlugin }: ActionContext,
  caller: KnownCaller,
  { reserved, entity, declared }: UploadRecord,
  { id: dataset, ownerOrg, resources }: Dataset,
): Promise<void> {
  const isReserved = reserved !== undefined && Date.parse(reserved.until) > clock.now().getTime()
  if (isReserved && entity.owner_org === ownerOrg) return
  // A refusal names sums of the organization.
  if (hasQuotas(settings)) await requirePlace(askPlugin, { user: caller.id, dataset })
  const resource = resources.find(({ id }) => id === entity.id) ?? { id: entity.id, url: '' }
  await uploads.quotas.require(ownerOrg, () => amountOf(settings, resource, declared.size))
}

/** A file for a new resource has replaced nothing yet. */
async function findResource(
  context: ActionContext,
  caller: KnownCaller,
  { id, entity, declared, previous_url }: UploadRecord,
  dataset: Dataset,
): Promise<Resource> {
  const resource = previous_url === undefined ? undefined : entity.id
  const file = { name: declared.name ?? id, newId: entity.id, resource, fields: {} }
  const wanted = { caller, dataset, files: [file], isByName: false, resourceBefore: async () => undefined }
  const { places, hasWritten } = await createMissing(context, wanted)
  const place = places.get(file)
  if (place?.kind === 'refused') throw refusal(place.error)
  if (place?.kind !== 'existing') throw new NotFoundError('Resource was not found.')
  // Not the remembered answer: an accepted file is public at once.
  if (!hasWritten) await requireUpdate(context.authorizer, caller, place.resource)
  return place.resource
}

/** The dataset may have moved to another organization while the file waited. */
function presentOf(
  { settings, clock }: ActionContext,
  { entity: { owner_org: _former, ...entity } }: UploadRecord,
  resource: Resource & { readonly ownerOrg: string | undefined },
): Present {
  const now = clock.now()
  const reserved = reservationOf(settings, resource, { now, expiresAt: now })
  return {
    previous_url: resource.url,
    previous_last_modified: resource.lastModified,
    entity: { ...entity, ...(resource.ownerOrg !== undefined && { owner_org: resource.ownerOrg }) },
    ...(reserved !== undefined && { reserved }),
  }
}

function refusedMeanwhile({ previous_url }: UploadRecord, { id, url }: Resource): RefusedError {
  const isLeft = previous_url === undefined && url === ''
  return refusal({
    id: ['Somebody refused this upload at the same moment'],
    ...(isLeft && { resource: [`The resource ${id} was created for it and stays without a file: remove it in CKAN`] }),
  })
}
