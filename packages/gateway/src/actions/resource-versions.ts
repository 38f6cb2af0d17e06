import { NotFoundError, type Resource } from '@ckan-uplink/core'
import { inBatches } from '@ckan-uplink/core/support'
import * as v from 'valibot'
import { signVersion } from '../files/sign-version.ts'
import { requireResource, requireUpdate } from '../http/caller.ts'
import { named } from '../http/named.ts'
import { isRecordId } from '../uploads/show-record.ts'
import {
  describeVersion,
  forReaders,
  idsOfVersions,
  noSuchVersion,
  shownRecordId,
  type Version,
  version,
} from '../uploads/versions.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { RESOURCE, UPLOAD } from './examples.ts'
import { id, optional, wholeNumber } from './fields.ts'

/** The records that one call reads. Some uploads in the bucket were never linked. */
const MAX_RECORDS_READ = 500
const DEFAULT_LIMIT = 20

const request = v.object({
  id: v.pipe(id, v.description('The resource.')),
  limit: optional(v.pipe(wholeNumber(1, 100), v.description(`At most this many versions. Default ${DEFAULT_LIMIT}.`))),
  after: optional(v.pipe(id, v.description('The `next` of the previous page.'))),
  upload: optional(v.pipe(id, v.description('Only this version, with a URL that opens the file.'))),
})

const page = named(
  'VersionPage',
  v.strictObject({
    versions: v.array(version),
    shown: v.pipe(
      v.strictObject({
        url: v.string(),
        last_modified: v.nullable(v.string()),
        upload: v.optional(v.pipe(v.string(), v.description('Absent: the URL is no file of the gateway.'))),
      }),
      v.description('What CKAN shows now. `resource_restore` takes it as `replaces`.'),
    ),
    next: v.pipe(
      v.nullable(v.string()),
      v.description('Send it as `after` to get the next page. Null: the last page.'),
    ),
  }),
)

const exampleVersion: Version = {
  upload: UPLOAD,
  state: 'current',
  name: 'budget.csv',
  size: 5120,
  mimetype: 'text/csv',
  at: '2026-01-31T11:01:00.000Z',
  by: 'jane',
  url: `https://uploads.example.org/resource/${RESOURCE}/download/${UPLOAD}/0f1e2d3c4b5a6978/budget.csv`,
}

const exampleShown = { url: exampleVersion.url ?? '', last_modified: '2026-01-31T11:01:00.000000', upload: UPLOAD }

export const resourceVersions = defineAction({
  name: 'resource_versions',
  summary: 'Lists the present and earlier files of a resource, the newest first, for callers who may update it',
  description:
    'With `PUBLIC_VERSIONS` the list is for all users who may read the resource. Readers do not see who uploaded or withdrew a file, and why.',
  request,
  answer: page,
  answerDescription: 'A page of versions.',
  example: { request: { id: RESOURCE }, result: { versions: [exampleVersion], shown: exampleShown, next: null } },
  errors: [404],
  grants: ['versions'],
  async run(context, caller, { id: resourceId, limit = DEFAULT_LIMIT, after, upload }) {
    const { settings, authorizer, permissions, store } = context
    const resource = await requireResource(authorizer, resourceId, caller.token)
    if (!settings.publicVersions) await requireUpdate(permissions, caller, resource)
    const seesPeople = !settings.publicVersions || (await permissions.mayUpdate(caller.token, resource))
    const asSeen = (found: Version) => (seesPeople ? found : forReaders(found))
    const shown = whatCkanShows(settings, resource)
    if (upload !== undefined)
      return { versions: [asSeen(await findVersion(context, resource, upload))], shown, next: null }
    const ids = await idsOfVersions(store, settings, resource.id)
    const open = idsAfter(ids, after).slice(0, MAX_RECORDS_READ)
    const versions: Version[] = []
    let last = open.at(-1)
    for await (const { uploadId, found } of readVersions(context, resource, open)) {
      if (found) versions.push(asSeen(found))
      last = uploadId
      if (versions.length === limit) break
    }
    return { versions, shown, next: last === undefined || last === ids.at(-1) ? null : last }
  },
})

function whatCkanShows(settings: ActionContext['settings'], resource: Resource) {
  const upload = shownRecordId(settings, resource)
  return { url: resource.url, last_modified: resource.lastModified, ...(upload !== undefined && { upload }) }
}

async function findVersion(context: ActionContext, resource: Resource, uploadId: string): Promise<Version> {
  const record = isRecordId(uploadId) ? await context.records.find(uploadId) : undefined
  const found = record && describeVersion(context.settings, record, resource)
  if (record === undefined || found === undefined) throw noSuchVersion()
  const url = found.url && (await signVersion(context, record, found.name))
  return url === undefined ? found : { ...found, open_url: url }
}

function idsAfter(ids: readonly string[], after: string | undefined): readonly string[] {
  const start = after === undefined ? 0 : ids.indexOf(after) + 1
  if (after !== undefined && start === 0) throw new NotFoundError('The version in `after` was not found.')
  return ids.slice(start)
}

interface Read {
  readonly uploadId: string
  readonly found: Version | undefined
}

/** Reads some records at a time, and no more than the caller of this function takes. */
async function* readVersions(
  { settings, records }: ActionContext,
  resource: Resource,
  ids: readonly string[],
): AsyncGenerator<Read> {
  const describe = async (uploadId: string): Promise<Read> => {
    const record = await records.find(uploadId)
    return { uploadId, found: record && describeVersion(settings, record, resource) }
  }
  for await (const batch of inBatches(ids, settings.storeConcurrency)) yield* await Promise.all(batch.map(describe))
}
