import { messageOf } from '@ckan-uplink/core'
import { inBatches } from '@ckan-uplink/core/support'
import { UPLOAD_STATES } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { requireSysadmin } from '../http/caller.ts'
import { named } from '../http/named.ts'
import { type ShownRecord, uploadRecord } from '../uploads/answers.ts'
import { isUnused } from '../uploads/show-record.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleRecord } from './examples.ts'
import { id, optional, wholeNumber } from './fields.ts'

/** The records that one call reads, with or without a match. Every cloud allows this many in one request. */
const MAX_RECORDS_READ = 1000
const DEFAULT_LIMIT = 100

const request = v.object({
  entity: optional(v.pipe(id, v.description('Only uploads of this resource.'))),
  state: optional(v.picklist(UPLOAD_STATES, `Must be one of ${UPLOAD_STATES.join(', ')}`)),
  limit: optional(v.pipe(wholeNumber(1, 1000), v.description(`At most this many uploads. Default ${DEFAULT_LIMIT}.`))),
  after: optional(v.pipe(id, v.description('The `next` of the previous page.'))),
})
type Filter = v.InferOutput<typeof request>

const uploadPage = named(
  'UploadPage',
  v.strictObject({
    uploads: v.array(uploadRecord),
    next: v.pipe(
      v.nullable(v.string()),
      v.description('Send it as `after` to get the next page, which may be empty. It is null on the last page.'),
    ),
  }),
)

export const uploadList = defineAction({
  name: 'upload_list',
  summary: 'Lists all upload records for sysadmins, the oldest first, page by page',
  request,
  answer: uploadPage,
  answerDescription: 'A page of records.',
  example: { request: { state: 'failed', limit: 100 }, result: { uploads: [exampleRecord], next: null } },
  authorize: requireSysadmin,
  async run(context, _caller, filter) {
    const uploads: ShownRecord[] = []
    let read = 0
    for await (const { id, record } of shownRecords(context, filter.after)) {
      if (record && matches(record, filter)) uploads.push(record)
      read += 1
      if (uploads.length === (filter.limit ?? DEFAULT_LIMIT) || read === MAX_RECORDS_READ) return { uploads, next: id }
    }
    return { uploads, next: null }
  },
})

interface Listed {
  readonly id: string
  readonly record: ShownRecord | undefined
}

async function* shownRecords(context: ActionContext, after: string | undefined): AsyncGenerator<Listed> {
  const { records, settings } = context
  for await (const ids of inBatches(records.ids(after), settings.storeConcurrency)) {
    yield* await Promise.all(ids.map(async (id) => ({ id, record: await show(context, id) })))
  }
}

/** `undefined` for a record that cannot be read, so that the list shows the others. */
async function show(context: ActionContext, id: string): Promise<ShownRecord | undefined> {
  try {
    const record = await context.records.find(id)
    return record && (await isUnused(context, record)) ? { ...record, state: 'expired' } : record
  } catch (thrown) {
    context.logger.log('warn', 'record_unreadable', { upload: id, reason: messageOf(thrown) })
    return undefined
  }
}

function matches(record: ShownRecord, { entity, state }: Filter): boolean {
  return (entity === undefined || record.entity.id === entity) && (state === undefined || record.state === state)
}
