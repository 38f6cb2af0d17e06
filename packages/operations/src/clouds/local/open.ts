import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from '@ckan-uplink/cloudflare'
import { messageOf } from '@ckan-uplink/core'
import type { CloudAccess, CloudAccessOptions } from '../cloud-access.ts'
import { openR2 } from '../s3.ts'

/** A running instance's description of its storage. */
export interface LocalStorage {
  /** The S3 endpoint. */
  readonly endpoint: string
  /** The folder with the credentials. */
  readonly folder: string
}

/** Opens the local edition. Its queue cannot be reached from outside; it parks its dead letters by itself. */
export async function openLocal(
  { endpoint, folder }: LocalStorage,
  { settings, needs }: CloudAccessOptions,
): Promise<CloudAccess> {
  const path = join(folder, 'credentials.json')
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    needs.missing(
      `The storage's credentials cannot be read: ${messageOf(thrown)}. Start the local edition again with npm start.`,
    )
    return '{}'
  })
  return {
    ...openR2(endpoint, settings.bucket, JSON.parse(text)),
    decode,
    deadLetters: { drain: async () => 0 },
    checks: [],
  }
}
