import { Readable } from 'node:stream'
import type { ContainerClient } from '@azure/storage-blob'
import type { GatewayDeps } from '@ckan-uplink/gateway'
import { guard, undefinedOn } from './storage-errors.ts'

type OpenFile = NonNullable<GatewayDeps['openFile']>

/**
 * How long Blob Storage may take to begin. The transfer itself may take longer, so that a slow reader keeps its stream.
 */
const TIMEOUT_MS = 15_000

/** Streams blobs to readers, so that no file is held in memory. */
export function createFileOpener(container: ContainerClient): OpenFile {
  return (key, wanted) => guard('get', key, () => open(container, key, wanted))
}

async function open(
  container: ContainerClient,
  key: string,
  { etag, range }: Parameters<OpenFile>[1],
): ReturnType<OpenFile> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
  const options = { conditions: { ifMatch: `"${etag}"` }, abortSignal: patience.signal }
  try {
    const found = await container
      .getBlobClient(key)
      .download(range?.offset ?? 0, range?.length, options)
      .catch(undefinedOn(404, 412))
    const body = found?.readableStreamBody
    return body && (Readable.toWeb(body as Readable) as ReadableStream<Uint8Array>)
  } finally {
    clearTimeout(timer)
  }
}
