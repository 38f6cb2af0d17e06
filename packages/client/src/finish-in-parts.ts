import { RefusedError, UplinkError } from '@ckan-uplink/core'
import { sendParts } from './send-parts.ts'
import type { ShownUpload } from './upload-answers.ts'
import type { UploadDeps, Uploaded, UploadOptions } from './upload-options.ts'

interface Open {
  readonly uploaded: Uploaded
  readonly partSize: number
  /** Sizes of the stored parts by part number. `undefined`: the upload accepts no more parts. */
  readonly arrived: ReadonlyMap<number, number> | undefined
}

interface ArrivedParts {
  readonly parts: readonly { readonly part_number: number; readonly size: number }[]
}

const DEFAULT_PARTS_AT_ONCE = 4

/**
 * Sends the missing parts of a multipart upload, and completes it unless the caller does. Throws the outcome of an
 * upload that is over.
 */
export async function finishInParts(
  deps: UploadDeps,
  source: Blob,
  { uploaded, partSize, arrived }: Open,
  options: UploadOptions,
): Promise<Uploaded> {
  const { id } = uploaded
  const { signal, gate, partsAtOnce = DEFAULT_PARTS_AT_ONCE } = options
  if (arrived === undefined && options.complete === false)
    throw new RefusedError(`Upload ${id} takes no more parts: begin another one.`)
  if (arrived !== undefined) {
    const sizes = Array.from({ length: Math.ceil(source.size / partSize) }, (_, index) =>
      Math.min(partSize, source.size - index * partSize),
    )
    const isStored = (size: number, index: number) => arrived.get(index + 1) === size
    const numbers = sizes.flatMap((size, index) => (isStored(size, index) ? [] : [index + 1]))
    const onSent = createTally(sizes.filter(isStored), (sent) => options.onProgress?.({ sent, total: source.size }))
    await sendParts({ id, partSize, numbers }, source, { ...deps, signal, gate, partsAtOnce, onSent })
  }
  if (options.complete !== false) await deps.act('upload_complete', { id }, { signal })
  return uploaded
}

/** Resumes a multipart upload. Throws an `UplinkError` with code `source` if the upload belongs to another file. */
export async function resumeInParts(
  deps: UploadDeps,
  source: Blob,
  { id, hash }: { readonly id: string; readonly hash: string | undefined },
  options: UploadOptions,
): Promise<Uploaded> {
  const { signal } = options
  const { entity, declared, multipart } = await deps.act<ShownUpload>('upload_show', { id }, { signal })
  if (declared.size !== source.size || (hash !== undefined && (declared.hash ?? hash) !== hash)) {
    throw new UplinkError(
      'source',
      `Upload ${id} began with another file, or the file changed since: start a new upload.`,
      false,
    )
  }
  const uploaded = { id, resource: entity.id }
  return finishInParts(
    deps,
    source,
    { uploaded, partSize: multipart?.part_size ?? source.size, arrived: await listArrived(deps, id, signal) },
    options,
  )
}

async function listArrived({ act }: UploadDeps, id: string, signal: AbortSignal | undefined): Promise<Open['arrived']> {
  try {
    const { parts } = await act<ArrivedParts>('upload_list_parts', { id }, { signal })
    return new Map(parts.map(({ part_number, size }) => [part_number, size]))
  } catch (thrown) {
    if (thrown instanceof RefusedError) return undefined
    throw thrown
  }
}

/** Adds up the bytes that were sent, starting with the stored parts. */
function createTally(
  stored: readonly number[],
  report: (sent: number) => void,
): (number: number, bytes: number) => void {
  const sentByPart = new Map<number, number>()
  let sent = stored.reduce((sum, size) => sum + size, 0)
  report(sent)
  return (number, bytes) => {
    sent += bytes - (sentByPart.get(number) ?? 0)
    sentByPart.set(number, bytes)
    report(sent)
  }
}
