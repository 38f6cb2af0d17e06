import { HOUR_MS, inBatches } from '@ckan-uplink/core/support'
import { timeOfUploadId, type UploadRecord } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { contentDisposition } from '../files/content-disposition.ts'
import { named } from '../http/named.ts'
import { showLink, shownLink } from '../links/link-fields.ts'
import { findPlace, requirePlace } from '../links/place-of-link.ts'
import { readLink, unmarkWaiting, waitingUploads } from '../links/upload-link.ts'
import { uploadRecord } from '../uploads/answers.ts'
import { isRecordId, isUnused } from '../uploads/show-record.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleLink, exampleRecord, exampleUrl, LINK } from './examples.ts'
import { id, optional } from './fields.ts'

const PAGE = 100
/** The records that one call reads. Each costs up to three requests to the store, and a Worker may send a thousand. */
const MAX_READ = 300
const URL_SECONDS = 300

const proposal = v.strictObject({
  upload: uploadRecord,
  link: v.optional(shownLink),
  url: v.optional(
    v.pipe(
      v.string(),
      v.description(
        'The file, for five minutes. It has not been checked: open it with care. Absent where a virus scanner will look at it once it is accepted.',
      ),
    ),
  ),
})
type Proposal = v.InferOutput<typeof proposal>

export const uploadProposals = defineAction({
  name: 'upload_proposals',
  summary: 'Lists the files that came by upload links and wait for a decision, to users who may update the dataset',
  request: v.object({
    dataset: optional(v.pipe(id, v.description('The id or the name of the dataset.'))),
    resource: optional(v.pipe(id, v.description('In place of `dataset`: the resource whose file they would replace.'))),
    after: optional(v.pipe(id, v.description('The `next` of the previous page.'))),
  }),
  answer: named(
    'Proposals',
    v.strictObject({
      proposals: v.array(proposal),
      next: v.pipe(
        v.nullable(v.string()),
        v.description('Send it as `after` to get the next page, which may be empty. It is null on the last page.'),
      ),
    }),
  ),
  answerDescription: 'A page of files, the oldest first.',
  example: {
    request: { dataset: 'city-budget' },
    result: {
      proposals: [
        {
          upload: { ...exampleRecord, requested_by: `link ${LINK}`, link: LINK, held: 'proposed', state: 'proposed' },
          link: exampleLink,
          url: exampleUrl,
        },
      ],
      next: null,
    },
  },
  errors: [404],
  grants: ['decide'],
  async run(context, caller, { after, ...wanted }) {
    const place = await findPlace(context, caller.token, wanted)
    await requirePlace(context.askPlugin, { user: caller.id, ...place })
    const only = caller.decision?.upload
    const ids =
      only === undefined
        ? await waitingUploads(context.store, place.dataset, MAX_READ, after)
        : [only].filter(isRecordId)
    const proposals: Proposal[] = []
    let last = ids.at(-1) ?? null
    for await (const { upload, found } of readProposals(context, place.dataset, ids)) {
      const isWanted = place.resource === undefined || found?.upload.entity.id === place.resource
      if (found && isWanted) proposals.push(found)
      last = upload
      if (proposals.length === PAGE) break
    }
    return { proposals, next: last === ids.at(-1) && ids.length < MAX_READ ? null : last }
  },
})

interface Read {
  readonly upload: string
  readonly found: Proposal | undefined
}

/** Reads some records at a time, and few more than the caller of this function takes. */
async function* readProposals(context: ActionContext, dataset: string, ids: readonly string[]): AsyncGenerator<Read> {
  const read = async (upload: string): Promise<Read> => ({
    upload,
    found: await findProposal(context, dataset, upload),
  })
  for await (const batch of inBatches(ids, context.settings.storeConcurrency)) yield* await Promise.all(batch.map(read))
}

/** Drops the mark of an upload that no longer waits. */
async function findProposal(context: ActionContext, dataset: string, id: string): Promise<Proposal | undefined> {
  const { settings, records, store, signer, clock } = context
  const record = await records.find(id)
  if (record !== undefined && record.entity.dataset_id !== dataset) return undefined
  if (record?.state !== 'proposed') {
    if (await neverWaits(context, id, record)) await unmarkWaiting(store, dataset, id)
    return undefined
  }
  const link = await readLink(store, record.link ?? '')
  const shown = { upload: record, ...(link && { link: showLink(link.link, clock.now()) }) }
  // A scanner looks at a file only once it is accepted.
  if (settings.scanner !== undefined) return shown
  const { url } = await signer.signDownload({
    method: 'GET',
    key: record.key,
    expiresInSeconds: URL_SECONDS,
    contentDisposition: contentDisposition(record.declared.name ?? id),
    contentType: 'application/octet-stream',
    cacheControl: 'private, no-store',
  })
  return { ...shown, url }
}

/** Whether the upload will never wait. A new one gets its mark before its record. */
async function neverWaits(context: ActionContext, id: string, record: UploadRecord | undefined): Promise<boolean> {
  if (record === undefined) return timeOfUploadId(id) + HOUR_MS < context.clock.now().getTime()
  return record.state !== 'issued' || record.held === undefined || isUnused(context, record)
}
