import { NotFoundError, type Resource } from '@ckan-uplink/core'
import { releaseUpload, type UploadRecord } from '@ckan-uplink/core/uploads'
import { type KnownCaller, requireResource, requireUpdate } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { findByLink, requireProposed } from '../links/held-upload.ts'
import { readLink, unmarkWaiting } from '../links/upload-link.ts'
import { endedUpload } from '../uploads/answers.ts'
import { checkHoldsFile } from '../uploads/file-checks.ts'
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
  async run(context, caller, { id }) {
    const { settings, store, records, logger } = context
    const { stored, dataset } = await findByLink(records, id)
    const { record } = stored
    requireProposed(record)
    const { resource, ownerOrg } = await findResource(context, caller, record, dataset)
    checkHoldsFile(resource)
    if ((shownUploadId(settings, resource) ?? '') > record.id)
      throw refusal({ id: ['The resource has a file that was uploaded later. Refuse this one, or ask for it again'] })
    const present = { previous_url: resource.url, previous_last_modified: resource.lastModified }
    // The dataset may have moved to another organization while the file waited.
    const { owner_org: _before, ...entity } = record.entity
    const now = { ...record, entity: { ...entity, ...(ownerOrg !== undefined && { owner_org: ownerOrg }) } }
    const upload = await releaseUpload(store, settings, { ...stored, record: now }, present)
    await unmarkWaiting(store, dataset, id)
    logger.log('info', 'upload_accepted', { upload: id, resource: resource.id, by: caller.name })
    return { upload }
  },
})

async function findResource(
  context: ActionContext,
  caller: KnownCaller,
  { id, link, entity, declared }: UploadRecord,
  datasetId: string,
): Promise<{ readonly resource: Resource; readonly ownerOrg: string | undefined }> {
  const { authorizer, store } = context
  const toResource = (await readLink(store, link ?? ''))?.link.resource !== undefined
  if (toResource) {
    const resource = await requireResource(authorizer, entity.id, caller.token)
    // Not the remembered answer: an accepted file is public at once.
    await requireUpdate(authorizer, caller, resource)
    return { resource, ownerOrg: await authorizer.findOwner(caller.token, { id: resource.datasetId }) }
  }
  const dataset = await authorizer.showDataset(datasetId, caller.token)
  if (dataset.state === 'deleted') throw new NotFoundError('Dataset was not found.')
  const file = { name: declared.name ?? id, newId: entity.id, fields: {} }
  const wanted = { caller, dataset, files: [file], isByName: false, resourceBefore: async () => undefined }
  const { places, hasWritten } = await createMissing(context, wanted)
  const place = places.get(file)
  if (place?.kind === 'refused') throw refusal(place.error)
  if (place?.kind !== 'existing') throw new NotFoundError('Resource was not found.')
  if (!hasWritten) await requireUpdate(authorizer, caller, place.resource)
  return { resource: place.resource, ownerOrg: dataset.ownerOrg }
}
