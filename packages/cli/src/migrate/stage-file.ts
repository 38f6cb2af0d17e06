import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { GIB } from '@ckan-uplink/core/support'
import type { ChosenFile } from './choose-files.ts'
import type { Portal } from './portal.ts'

/** A copy of a file on this machine. */
export interface StagedFile {
  readonly file: ChosenFile
  readonly path: string
  readonly bytes: number
  /** `sha256:<hex>`. `undefined` if CKAN has the MD5 that a loader wrote for exactly this file. */
  readonly hash: string | undefined
}

/** A link can lead to an endless stream. */
const MOST_BYTES_OF_LINK = 5 * GIB

/** Saves a file in the folder, and computes its checksum. Throws if it is not whole. */
export async function stageFile(file: ChosenFile, folder: string, portal: Portal): Promise<StagedFile> {
  const response = await portal.fetch(file)
  if (!response.ok) {
    response.body.destroy()
    throw new Error(`${file.url.origin} answered ${response.status}.`)
  }
  const path = join(folder, file.resource.id)
  const [sha256, md5] = [createHash('sha256'), createHash('md5')]
  await pipeline(
    response.body,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      let bytes = 0
      for await (const chunk of chunks) {
        bytes += chunk.length
        if (file.from === 'link' && bytes > MOST_BYTES_OF_LINK)
          throw new Error(`It has more than ${MOST_BYTES_OF_LINK} bytes: upload it with ckan-uplink upload.`)
        sha256.update(chunk)
        md5.update(chunk)
        yield chunk
      }
    },
    createWriteStream(path),
  )
  const { size: bytes } = await stat(path)
  // With a declared length, Node has noticed a broken connection.
  if (response.headers['content-length'] === undefined && file.bytes !== undefined && file.bytes !== bytes)
    throw new Error(`CKAN says that it has ${file.bytes} bytes, but ${bytes} bytes arrived.`)
  const isLoaded = file.resource.hash === md5.digest('hex')
  return { file, path, bytes, hash: isLoaded ? undefined : `sha256:${sha256.digest('hex')}` }
}
