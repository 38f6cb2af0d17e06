import { NotFoundError, type ShownUpload } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { DEFAULT_KEY_PREFIX, parseLinkedUrl } from '@ckan-uplink/core/uploads'
import type { Work } from './work.ts'

const FAILED: readonly string[] = ['failed', 'aborted', 'expired', 'withdrawn']

/** Shows the state of uploads, or of the uploads that resources show. Returns the number of failed and unknown uploads. */
export async function showStatus(ids: readonly string[], work: Work): Promise<number> {
  let failures = 0
  for (const id of ids) {
    try {
      const upload = await findUpload(id, work)
      if (FAILED.includes(upload.state)) failures += 1
      print(upload, work)
    } catch (thrown) {
      failures += 1
      work.printer.failure({ id, reason: messageOf(thrown) }, id)
    }
  }
  return failures
}

/** Prints one line about an upload. */
export function print(upload: ShownUpload, { printer }: Pick<Work, 'printer'>): void {
  const { id, state, declared, load, entity } = upload
  const words = `${id}  ${state}${load === undefined ? '' : ` (loader: ${load.status})`}  ${declared.name ?? ''}  ${entity.type} ${entity.id}`
  if (FAILED.includes(state)) printer.failure({ ...upload, reason: reasonOf(upload) }, words)
  else printer.result({ ...upload }, words)
}

function reasonOf({ reason, withdrawn }: ShownUpload): string {
  if (withdrawn !== undefined) return `${withdrawn.by} withdrew it at ${withdrawn.at}: ${withdrawn.reason}`
  return reason ?? 'its file never arrived'
}

async function findUpload(id: string, { uplink, gateway, signal }: Work): Promise<ShownUpload> {
  try {
    return await uplink.show(id)
  } catch (thrown) {
    if (!(thrown instanceof NotFoundError)) throw thrown
  }
  const { url } = await uplink.action<{ readonly url: string }>('resource_show', { id }, { signal })
  const uploadId = parseLinkedUrl({ gatewayUrl: gateway, keyPrefix: DEFAULT_KEY_PREFIX }, url)?.uploadId
  if (uploadId === undefined)
    throw new NotFoundError(`Resource ${id} shows no upload of this gateway: its URL is ${url === '' ? 'empty' : url}`)
  return uplink.show(uploadId)
}
