import { NotAllowedError, NotFoundError, type ShownUpload } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { DEFAULT_KEY_PREFIX, parseUrlOfResource } from '@ckan-uplink/core/uploads'
import type { Work } from './work.ts'

const FAILED: readonly string[] = ['failed', 'aborted', 'expired', 'withdrawn']

/**
 * Shows the state of uploads, or of the uploads that resources show. Returns the number of failed and unknown uploads.
 */
export async function showStatus(ids: readonly string[], work: Work): Promise<number> {
  let failures = 0
  for (const id of ids) {
    try {
      const upload = await findUpload(id, work)
      if (FAILED.includes(upload.state)) failures += 1
      print(upload, work, await findShown(upload, work))
    } catch (thrown) {
      failures += 1
      work.printer.failure({ id, reason: messageOf(thrown) }, id)
    }
  }
  return failures
}

/** Prints one line about an upload, and about what CKAN shows if that is known. */
export function print(upload: ShownUpload, { printer }: Pick<Work, 'printer'>, ckan?: Shown): void {
  const { id, state, declared, load, entity } = upload
  const loader = load === undefined ? '' : ` (loader: ${load.status})`
  const words = [`${id}  ${state}${loader}`, declared.name ?? '', `${entity.type} ${entity.id}`]
  const line = [...words, ...(ckan === undefined ? [] : [describeShown(ckan)])].join('  ')
  if (FAILED.includes(state)) printer.failure({ ...upload, ckan, reason: reasonOf(upload) }, line)
  else printer.result({ ...upload, ckan }, line)
}

/** What CKAN shows of the resource of an upload. */
interface Shown {
  readonly url: string
  readonly shows_upload: boolean
  /** Absent without the DataStore. */
  readonly datastore_active?: boolean
}

type Resource = Pick<Shown, 'url' | 'datastore_active'>

/** `undefined` for an image, and for a resource that CKAN does not show to the caller. */
async function findShown({ id, entity }: ShownUpload, work: Work): Promise<Shown | undefined> {
  if (entity.type !== 'resource') return undefined
  try {
    const { url, datastore_active } = await showResource(entity.id, work)
    return {
      url,
      shows_upload: uploadIn(entity.id, url, work) === id,
      ...(datastore_active !== undefined && { datastore_active }),
    }
  } catch (thrown) {
    if (thrown instanceof NotFoundError || thrown instanceof NotAllowedError) return undefined
    throw thrown
  }
}

function describeShown({ url, shows_upload, datastore_active }: Shown): string {
  const file = shows_upload ? 'this file' : url === '' ? 'no file' : url
  const table = datastore_active === true ? ', a table' : datastore_active === false ? ', no table' : ''
  return `CKAN shows ${file}${table}`
}

function reasonOf({ reason, withdrawn }: ShownUpload): string {
  if (withdrawn !== undefined) return `${withdrawn.by} withdrew it at ${withdrawn.at}: ${withdrawn.reason}`
  return reason ?? 'its file never arrived'
}

async function findUpload(id: string, work: Work): Promise<ShownUpload> {
  try {
    return await work.uplink.show(id)
  } catch (thrown) {
    if (!(thrown instanceof NotFoundError)) throw thrown
  }
  const { url } = await showResource(id, work)
  const uploadId = uploadIn(id, url, work)
  if (uploadId === undefined)
    throw new NotFoundError(`Resource ${id} shows no upload of this gateway: its URL is ${url === '' ? 'empty' : url}`)
  return work.uplink.show(uploadId)
}

function showResource(id: string, { uplink, signal }: Work): Promise<Resource> {
  return uplink.action<Resource>('resource_show', { id }, { signal })
}

function uploadIn(resource: string, url: string, { gateway }: Work): string | undefined {
  return parseUrlOfResource({ gatewayUrl: gateway, keyPrefix: DEFAULT_KEY_PREFIX }, resource, url)?.uploadId
}
