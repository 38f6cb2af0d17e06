import { type Dataset, NotFoundError, type Resource } from '@ckan-uplink/core'
import { createLimiter } from '@ckan-uplink/core/support'
import { type Amount, amountOf } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { MAX_BATCH_BYTES } from '../http/body.ts'
import { type KnownCaller, requireUpdate } from '../http/caller.ts'
import { errorOf } from '../http/validate.ts'
import { upload } from '../uploads/answers.ts'
import { type BatchFile, batchFile, checkFile } from '../uploads/batch-file.ts'
import { type Batch, openUpload, resourceBefore } from '../uploads/batch-uploads.ts'
import { findPlaces, type Place } from '../uploads/dataset-files.ts'
import { busyDataset, createMissing } from '../uploads/new-resources.ts'
import { type Attempt, findAttempt } from '../uploads/sent-requests.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { DATASET, exampleUpload, RESOURCE } from './examples.ts'
import { id, optional } from './fields.ts'

const MAX_FILES = 1000
const FILES = `Must be a list of 1 to ${MAX_FILES} files`

/** The union admits faulty files, because each file is checked by itself later. */
const request = v.object({
  id: v.pipe(id, v.description('The id or the name of the dataset.')),
  request: v.pipe(
    v.string('Must be a string'),
    v.toLowerCase(),
    v.uuid('Must be a UUID'),
    v.description('A UUID of its own for each call. A repetition with the same UUID and files creates nothing twice.'),
  ),
  files: v.pipe(
    v.array(v.union([batchFile, v.looseObject({})], FILES), FILES),
    v.minLength(1, FILES),
    v.maxLength(MAX_FILES, FILES),
  ),
  replace_by: optional(
    v.pipe(
      v.literal('name', 'Must be name'),
      v.description('With `name`, a file goes to the resource that has its name already.'),
    ),
  ),
})

const placedFile = v.strictObject({
  name: v.nullable(v.string()),
  resource: v.optional(
    v.strictObject({
      id: v.string(),
      is_new: v.pipe(v.boolean(), v.description('Whether this request has created the resource.')),
    }),
  ),
  upload: v.optional(upload),
  error: v.optional(
    v.pipe(
      v.record(v.string(), v.pipe(v.array(v.string()), v.readonly())),
      v.description('Why the file was refused, by field. It then has no upload.'),
    ),
  ),
})
type PlacedFile = v.InferOutput<typeof placedFile>

/** CKAN is asked for the permission once: by the write that creates resources, or by a probe if none is missing. */
export const datasetUpload = defineAction({
  name: 'dataset_upload',
  summary: 'Returns pre-signed URLs for many files of a dataset, and creates the missing resources',
  description:
    'The gateway passes further fields of a file on to CKAN if it creates the resource. Existing resources keep their fields. A refused file has an `error`, and stops no other file. After a lost answer, send the same request again.',
  request,
  answer: v.strictObject({
    id: v.pipe(v.string(), v.description('The dataset.')),
    files: v.pipe(v.array(placedFile), v.description('In the order of the request.')),
  }),
  answerDescription:
    'Put each file to its `upload.url` with `upload.headers`. If the URL is null, send `part_count` parts of `part_size` bytes.',
  example: {
    request: { id: 'city-budget', request: '4f7c2a90-6d0b-4e0f-9c55-3a1b7d2e8f10', files: [{ name: 'budget.csv' }] },
    result: {
      id: DATASET,
      files: [{ name: 'budget.csv', resource: { id: RESOURCE, is_new: true }, upload: exampleUpload.upload }],
    },
  },
  errors: [404],
  maxBytes: MAX_BATCH_BYTES,
  onlySigns: true,
  async run(context, caller, body, asked) {
    const { authorizer, uploads } = context
    const dataset = await authorizer.showDataset(body.id, caller.token)
    if (dataset.state === 'deleted') throw new NotFoundError('Dataset was not found.')
    const { request, files: content, replace_by } = body
    const exact = v.parse(v.array(v.looseObject({})), asked.exact()['files'])
    const checked = await Promise.all(
      content.map((fields, index) =>
        checkFile(context, { fields, exact: exact[index] ?? fields }, caller.id, dataset.id, request, index),
      ),
    )
    const attempt = await findAttempt(context, caller, {
      datasetId: dataset.id,
      request,
      content: [content, replace_by],
    })
    const files = checked.filter((file) => 'ids' in file)
    const isByName = replace_by === 'name'
    if (attempt.firstAt === undefined) {
      await uploads.room.require(caller, 'files', files.length)
      await uploads.quotas.require(dataset.ownerOrg, () => amountOfFiles(context, dataset, files, isByName))
    }
    const places = await placeFiles(context, caller, dataset, files, { attempt, isByName })
    const isRepeated = attempt.firstAt !== undefined
    const placed = [...places.values()].filter(({ kind }) => kind === 'existing')
    const together = { request, files: placed.length }
    const batch = { caller, ownerOrg: dataset.ownerOrg, sent: await attempt.keep(), isRepeated, together }
    const limit = createLimiter(context.settings.storeConcurrency)
    const answers = checked.map(async (file) =>
      'ids' in file ? limit(() => answerFile(context, batch, file, places.get(file))) : file,
    )
    return { id: dataset.id, files: await Promise.all(answers) }
  },
})

/** The sum that the files add. A file that replaces another adds the difference. */
function amountOfFiles(
  { settings }: ActionContext,
  dataset: Dataset,
  files: readonly BatchFile[],
  isByName: boolean,
): Amount {
  const amounts = [...findPlaces(dataset, files, isByName)].flatMap(([{ newId, promised }, place]) => {
    if (place.kind === 'refused') return []
    const resource = place.kind === 'existing' ? place.resource : { id: newId, url: '' }
    return [amountOf(settings, resource, promised.size)]
  })
  return {
    bytes: amounts.reduce((sum, { bytes }) => sum + bytes, 0),
    files: amounts.reduce((sum, { files: count }) => sum + count, 0),
  }
}

/** The resource of each file. Throws `NotAllowedError` unless the caller may update the dataset. */
async function placeFiles(
  context: ActionContext,
  caller: KnownCaller,
  dataset: Dataset,
  files: readonly BatchFile[],
  { attempt, isByName }: { readonly attempt: Attempt; readonly isByName: boolean },
): Promise<ReadonlyMap<BatchFile, Place>> {
  const { permissions, clock } = context
  const { firstAt } = attempt
  const beganAt = clock.now()
  const { places, hasWritten } = await createMissing(context, {
    caller,
    dataset,
    files,
    isByName,
    resourceBefore: async (file) => (firstAt === undefined ? undefined : resourceBefore(context, firstAt, file)),
  })
  const existing = [...places.values()].find((place) => place.kind === 'existing')
  if (hasWritten) await permissions.noteWrite(caller.token, dataset.id, beganAt)
  else if (existing !== undefined) await requireUpdateOf(dataset, existing.resource, caller, permissions)
  permissions.noteResources(dataset)
  return places
}

/**
 * CKAN is asked about one resource, which a person may remove meanwhile. The other files still have their resources.
 */
async function requireUpdateOf(
  dataset: Dataset,
  resource: Resource,
  caller: KnownCaller,
  permissions: ActionContext['permissions'],
): Promise<void> {
  try {
    await requireUpdate(permissions, caller, resource)
  } catch (thrown) {
    throw thrown instanceof NotFoundError ? busyDataset(dataset) : thrown
  }
}

async function answerFile(
  context: ActionContext,
  batch: Batch,
  file: BatchFile,
  place: Place | undefined,
): Promise<PlacedFile> {
  if (place?.kind !== 'existing') return { name: file.name, error: place?.kind === 'refused' ? place.error : {} }
  const { resource } = place
  try {
    const upload = await openUpload(context, batch, file, resource)
    return { name: file.name, resource: { id: resource.id, is_new: resource.id === file.newId }, upload }
  } catch (thrown) {
    return { name: file.name, error: errorOf(thrown) }
  }
}
