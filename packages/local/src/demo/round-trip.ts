import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Uplink } from '@ckan-uplink/client'
import type { Progress } from './progress.ts'

/** A resource as CKAN shows it; what is compared and shown of it. */
export type ShownResource = Readonly<Record<'id' | 'url' | 'format' | 'mimetype' | 'last_modified', string | null>> & {
  readonly size: number | null
}

export interface RoundTrip {
  readonly before: ShownResource
  readonly after: ShownResource
  /** From the last byte sent until CKAN showed it. */
  readonly linkedAfterMs: number
}

const TIMEOUT_MS = 30_000

/** Makes a resource, uploads the file, waits until CKAN shows it, and reads it back from there; throws when a byte differs. */
export async function roundTrip(uplink: Uplink, dataset: string, path: string, progress: Progress): Promise<RoundTrip> {
  const { size } = await stat(path)
  const before = await uplink.action<ShownResource>('resource_create', { package_id: dataset, name: basename(path) })
  const resource = before.id ?? ''
  progress.start(size)
  const onProgress = ({ sent }: { readonly sent: number }) => progress.update(sent)
  const { id } = await uplink
    .upload(await openAsBlob(path), { resource, name: basename(path), onProgress })
    .finally(progress.stop)
  const sentAt = performance.now()
  await uplink.waitFor(id, 'linked', { timeoutMs: TIMEOUT_MS })
  const linkedAfterMs = performance.now() - sentAt
  const after = await uplink.action<ShownResource>('resource_show', { id: resource })
  await compare(after.url ?? '', path)
  return { before, after, linkedAfterMs }
}

async function compare(url: string, path: string): Promise<void> {
  const { ok, status, body } = await fetch(url)
  if (!ok || body === null) throw new Error(`The download of ${url} was answered with ${status}.`)
  // Node's web streams can be iterated, which the types for every runtime don't know.
  const download = body as unknown as AsyncIterable<Uint8Array>
  const [there, here] = await Promise.all([digestOf(download), digestOf(createReadStream(path))])
  if (there !== here) throw new Error(`What ${url} gives is not what was uploaded.`)
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}
