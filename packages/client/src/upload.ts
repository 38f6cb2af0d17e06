import { UplinkError } from '@ckan-uplink/core'
import { createResource } from './create-resource.ts'
import { finishInParts, resumeInParts } from './finish-in-parts.ts'
import { put } from './put.ts'
import { retrying } from './retry.ts'
import type { IssuedUpload } from './upload-answers.ts'
import type { UploadDeps, Uploaded, UploadOptions } from './upload-options.ts'

/** Uploads a file completely. The resource shows the file once the upload is `linked`. */
export function createUpload(deps: UploadDeps) {
  return async (source: Blob, options: UploadOptions): Promise<Uploaded> => {
    const { signal, checksum } = options
    signal?.throwIfAborted()
    const hash = checksum === true ? await computeChecksum(source, signal) : checksum || undefined
    const name = options.name ?? (source instanceof File ? source.name : undefined)
    if (options.resume !== undefined) return resumeInParts(deps, source, { id: options.resume, hash }, options)
    const resource = await findResource(deps, options, name)
    const ask = async (): Promise<IssuedUpload> => {
      const { multipart, mimetype, format, replaces } = options
      const params = { id: resource, name, size: source.size, hash, mimetype, format, multipart, replaces }
      return (await deps.act<{ readonly upload: IssuedUpload }>('resource_upload', params, { signal })).upload
    }
    const begin = async (upload: IssuedUpload): Promise<IssuedUpload> => {
      const { id, url, status_key: statusKey } = upload
      await options.onBegin?.({ id, resource, resumable: url === null, statusKey })
      return upload
    }
    const issued = await begin(options.issued?.upload ?? (await ask()))
    const beginAgain = async () => begin(await ask())
    if (issued.url !== null) return { id: await putWhole(deps, source, issued, beginAgain, options), resource }
    const uploaded = { id: issued.id, resource }
    return finishInParts(
      deps,
      source,
      { uploaded, partSize: issued.part_size ?? source.size, arrived: new Map() },
      options,
    )
  }
}

type NewUpload = Exclude<UploadOptions, { readonly resume: string }>

/** The resource that gets the file. It is created if the target is a dataset. */
async function findResource(deps: UploadDeps, options: NewUpload, name: string | undefined): Promise<string> {
  const known = options.issued?.resource ?? options.resource
  if (known !== undefined) return known
  const resource = await createResource(deps, options.dataset ?? '', options.title ?? name, options.signal)
  await options.onCreate?.(resource)
  return resource
}

/** Loads the hash code on demand, because it is a third of the client's size. */
async function computeChecksum(source: Blob, signal: AbortSignal | undefined): Promise<string> {
  const { checksumOf } = await import('./checksum.ts')
  return checksumOf(source, signal)
}

/**
 * Each attempt gets its own URL. After an attempt with an unknown result, not every cloud shows whether a
 * create-only URL was used or refused. If two attempts arrive, the linker links the upload that was issued later.
 */
function putWhole(
  deps: UploadDeps,
  source: Blob,
  first: IssuedUpload,
  ask: () => Promise<IssuedUpload>,
  { signal, gate, onProgress }: UploadOptions,
): Promise<string> {
  return retrying({ ...deps, signal }, async (attempt) => {
    const { id, url, headers } = attempt === 1 ? first : await ask()
    if (url === null)
      throw new UplinkError(
        'unavailable',
        `Upload ${id} is a multipart upload, but the first attempt was in one piece: upload the file again.`,
        false,
      )
    await put({ url, headers }, source, {
      ...deps,
      signal,
      gate,
      onSent: (sent) => onProgress?.({ sent, total: source.size }),
    })
    return id
  })
}
