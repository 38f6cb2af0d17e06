import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { NotFoundError, type Progress, RefusedError, type Uploaded } from '@ckan-uplink/client'
import { openBegunUploads } from './begun-uploads.ts'
import type { LocalFile } from './local-files.ts'
import type { UploadCommand, Work } from './upload-files.ts'

/** A resource that is there, or the dataset that gets a new one. */
export type Destination = { readonly resource: string } | { readonly dataset: string }

/** Goes on with what was begun, and begins anew where there is nothing, or it isn't open any more. */
export async function sendFile(
  file: LocalFile,
  destination: Destination,
  command: UploadCommand,
  { gateway, uplink, signal }: Work,
  onProgress: (progress: Progress) => void,
): Promise<Uploaded> {
  const { path, size, modifiedMs } = file
  const begunUploads = openBegunUploads()
  const begun = { gateway, target: Object.values(destination).join(), path, size, modifiedMs }
  const source = await file.open()
  const checksum = command.checksum ? await hashOf(path, signal) : undefined
  const { partsAtOnce, format, name = file.name } = command
  const options = { name, format, partsAtOnce, checksum, onProgress, signal }

  async function resume(): Promise<Uploaded | undefined> {
    const id = command.resume ? await begunUploads.find(begun) : undefined
    if (id === undefined) return undefined
    try {
      return await uplink.upload(source, { ...options, resume: id })
    } catch (thrown) {
      if (thrown instanceof RefusedError || thrown instanceof NotFoundError) return undefined
      throw thrown
    }
  }

  const uploaded =
    (await resume()) ??
    (await uplink.upload(source, { ...options, ...destination, onBegin: ({ id, resumable }) => (resumable ? begunUploads.remember(begun, id) : undefined) }))
  await begunUploads.forget(begun)
  return uploaded
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, { signal })
  return `sha256:${hash.digest('hex')}`
}
