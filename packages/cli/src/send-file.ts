import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Begun, NotFoundError, RefusedError, type Uploaded, type UploadOptions } from '@ckan-uplink/client'
import type { BegunUploadFile } from './begun-uploads.ts'
import type { Destination } from './destinations.ts'
import type { LocalFile } from './local-files.ts'
import type { UploadCommand } from './upload-command.ts'
import type { Work } from './work.ts'

interface Following extends Pick<UploadOptions, 'onProgress'> {
  /** Called with each upload that begins or goes on. */
  readonly onBegin: (begun: Pick<Begun, 'id'>) => void
}

/**
 * Continues the upload that an earlier run began, without sending any part twice. Starts a new upload if there is none,
 * or if it is no longer open. Uses a resource again that was created for this file and is still empty.
 */
export async function sendFile(
  file: LocalFile,
  destination: Destination,
  begunUpload: BegunUploadFile,
  command: UploadCommand,
  { uplink, signal, onProgress, onBegin }: Pick<Work, 'uplink' | 'signal'> & Following,
): Promise<Uploaded> {
  const { path, size, modifiedMs } = file
  const source = await openAsBlob(path)
  const checksum = command.checksum ? await hashOf(path, signal) : undefined
  const { partsAtOnce, format, name = file.name } = command
  const options = { name, format, partsAtOnce, checksum, onProgress, signal }
  const begun = command.resume ? await begunUpload.read() : undefined

  async function resume(): Promise<Uploaded | undefined> {
    const { resource = '', upload } = begun ?? {}
    if (upload === undefined || upload.size !== size || upload.modifiedMs !== modifiedMs) return undefined
    const { id, isSent } = upload
    onBegin({ id })
    if (!isSent) return unlessRefused(() => uplink.upload(source, { ...options, resume: id }))
    const shown = await unlessRefused(() => uplink.show(id))
    return shown !== undefined && ['issued', 'scanning', 'linked', 'loaded'].includes(shown.state)
      ? { id, resource }
      : undefined
  }

  async function reuseResource(): Promise<Destination> {
    if (begun === undefined || 'resource' in destination) return destination
    const { resource } = begun
    const shown = await unlessRefused(() =>
      uplink.action<{ readonly url: string | null }>('resource_show', { id: resource }, { signal }),
    )
    return shown !== undefined && !shown.url ? { resource } : destination
  }

  const remember = ({ id, resource }: Uploaded, isSent: boolean) =>
    begunUpload.write({ resource, upload: { id, size, modifiedMs, isSent } })
  const uploaded =
    (await resume()) ??
    (await uplink.upload(source, {
      ...options,
      ...(await reuseResource()),
      onCreate: (resource) => begunUpload.write({ resource }),
      async onBegin(begun) {
        onBegin(begun)
        if (begun.resumable) await remember(begun, false)
      },
    }))
  await remember(uploaded, true)
  return uploaded
}

/** `undefined` if the upload or the resource is gone, or the upload is no longer open. */
export async function unlessRefused<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (thrown) {
    if (thrown instanceof RefusedError || thrown instanceof NotFoundError) return undefined
    throw thrown
  }
}

/** `sha256:<hex>` of a file. */
export async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, { signal })
  return `sha256:${hash.digest('hex')}`
}
