import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Uplink } from '@ckan-uplink/client'
import type { Progress } from './progress.ts'

/** The fields of a resource that the demo shows. */
export type ShownResource = Readonly<Record<'id' | 'url' | 'format' | 'mimetype' | 'last_modified', string | null>> & {
  readonly size: number | null
}

export interface RoundTrip {
  readonly before: ShownResource
  readonly after: ShownResource
  /** Time from the last byte sent until CKAN showed the file. */
  readonly linkedAfterMs: number
}

const TIMEOUT_MS = 30_000

/** Creates a resource, uploads the file, waits until CKAN shows it, and downloads it. Throws if a byte differs. */
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
  // Node's web streams are iterable, but the types that all runtimes share do not say so.
  const download = body as unknown as AsyncIterable<Uint8Array>
  const [there, here] = await Promise.all([digestOf(download), digestOf(createReadStream(path))])
  if (there !== here) throw new Error(`The download of ${url} differs from the uploaded file.`)
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}
