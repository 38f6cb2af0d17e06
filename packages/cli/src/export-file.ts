import { createHash } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { safeFileName } from '@ckan-uplink/core/uploads'
import { type FetchedFile, fetchWithToken } from './fetch-with-token.ts'
import { fileNameOf } from './migrate/choose-files.ts'
import { saveBody } from './save-body.ts'
import type { Work } from './work.ts'

/** A resource as CKAN shows it. */
export interface ShownResource {
  readonly id: string
  readonly url: string | null
  readonly name?: string | null
  readonly description?: string | null
  readonly format?: string | null
  readonly mimetype?: string | null
  readonly hash?: string | null
  readonly last_modified?: string | null
}

/** A file of a Data Package. `hash` is `sha256:<hex>`. */
export interface SavedFile {
  /** Below the folder of the package, with slashes. */
  readonly path: string
  readonly bytes: number
  readonly hash: string
}

/**
 * Saves the file of a resource. `undefined` for a link, which is not followed. `known` is the file that an earlier run
 * saved.
 */
export type FetchFile = (
  resource: ShownResource,
  folder: string,
  known?: Partial<SavedFile>,
) => Promise<SavedFile | undefined>

/**
 * Sends the token to the gateway and to CKAN alone. Editors can write any address into CKAN, so other hosts must be
 * named.
 */
export async function createFetchFile(
  { gateway, uplink, tokenHeaders, signal }: Work,
  hosts: readonly string[],
): Promise<FetchFile> {
  const { site_url: site } = await uplink.action<{ readonly site_url: string }>('status_show', {}, { signal })
  const own = [gateway, site].map((address) => new URL(address).origin)

  return async (resource, folder, known) => {
    const url = URL.parse(resource.url ?? '')
    if (url === null || !(own.includes(url.origin) || hosts.includes(url.hostname))) return undefined
    if (isFile(known) && (await isSaved(folder, known)))
      return { path: known.path, bytes: known.bytes, hash: known.hash }
    const response = await fetchWithToken(url, { own, tokenHeaders, signal })
    if (!response.ok) throw new Error(`${url.origin} answered ${response.status}.`)
    const path = `${resource.id}/${safeFileName(fileNameOf(url))}`
    return { path, ...(await save(response, join(folder, path), expectedHash(resource))) }
  }
}

function isFile(known: Partial<SavedFile> | undefined): known is SavedFile {
  return known?.path !== undefined && known.bytes !== undefined && known.hash !== undefined
}

async function isSaved(folder: string, { path, bytes }: SavedFile): Promise<boolean> {
  return (await stat(join(folder, path)).catch(() => undefined))?.size === bytes
}

function expectedHash({ hash }: ShownResource): string | undefined {
  return hash?.startsWith('sha256:') ? hash : undefined
}

/** The file gets its name when it is whole and its checksum is right. */
async function save(
  { body }: FetchedFile,
  path: string,
  expected: string | undefined,
): Promise<Omit<SavedFile, 'path'>> {
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}.part`
  const digest = createHash('sha256')
  const bytes = await saveBody(body, part, (chunk) => digest.update(chunk))
  const hash = `sha256:${digest.digest('hex')}`
  if (expected !== undefined && hash !== expected) {
    await rm(part)
    throw new Error(`The file's SHA-256 is ${hash}, but CKAN says ${expected}.`)
  }
  await rename(part, path)
  return { bytes, hash }
}
