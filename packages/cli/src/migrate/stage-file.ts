import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { GIB } from '@ckan-uplink/core/support'
import { saveBody } from '../save-body.ts'
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
  let arrived = 0
  const bytes = await saveBody(response.body, path, (chunk) => {
    arrived += chunk.length
    if (file.from === 'link' && arrived > MOST_BYTES_OF_LINK)
      throw new Error(`It has more than ${MOST_BYTES_OF_LINK} bytes: upload it with ckan-uplink upload.`)
    sha256.update(chunk)
    md5.update(chunk)
  })
  // With a declared length, Node has noticed a broken connection.
  if (response.headers['content-length'] === undefined && file.bytes !== undefined && file.bytes !== bytes)
    throw new Error(`CKAN says that it has ${file.bytes} bytes, but ${bytes} bytes arrived.`)
  const isLoaded = file.resource.hash === md5.digest('hex')
  return { file, path, bytes, hash: isLoaded ? undefined : `sha256:${sha256.digest('hex')}` }
}
