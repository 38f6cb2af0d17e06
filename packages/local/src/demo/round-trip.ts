import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { GatewayClient, ShownResource } from './gateway-client.ts'
import type { Progress } from './progress.ts'
import { putFile } from './put-file.ts'

export interface RoundTrip {
  readonly before: ShownResource
  readonly after: ShownResource
  /** From the last byte sent until CKAN showed it. */
  readonly linkedAfterMs: number
}

/** Makes a resource, uploads the file, waits until CKAN shows it, and reads it back from there; throws when a byte differs. */
export async function roundTrip(client: GatewayClient, dataset: string, path: string, progress: Progress): Promise<RoundTrip> {
  const { size } = await stat(path)
  const { resource, upload } = await client.createResource(dataset, basename(path))
  progress.start(size)
  try {
    await putFile(upload, path, size, progress.update)
  } finally {
    progress.stop()
  }
  const sentAt = performance.now()
  await client.waitUntilLinked(upload.id)
  const linkedAfterMs = performance.now() - sentAt
  const after = await client.showResource(resource.id ?? '')
  await compare(after.url ?? '', path)
  return { before: resource, after, linkedAfterMs }
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
