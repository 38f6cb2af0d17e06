import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DESCRIPTOR, exportDataset, type FetchFile } from '@ckan-uplink/cli/export'
import type { Work } from '@ckan-uplink/cli/migrate'
import type { TargetBucket } from '../clouds/cloud-access.ts'

/**
 * Saves a dataset as a Data Package below a prefix of a bucket, which ends in a slash. Each file passes through this
 * machine, and the descriptor comes last. Returns the number of failures.
 */
export async function exportToBucket(
  id: string,
  prefix: string,
  { fetchFile, target, work }: { readonly fetchFile: FetchFile; readonly target: TargetBucket; readonly work: Work },
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-export-'))
  const path = join(folder, DESCRIPTOR)
  const key = prefix + DESCRIPTOR
  try {
    // It names the files of an earlier run.
    const former = await target.store.get(key)
    if (former !== undefined) await writeFile(path, former.bytes)
    const toBucket = fetchToBucket(fetchFile, target, prefix)
    const failures = await exportDataset({ id, folder, place: `${target.name}/${prefix}` }, toBucket, work)
    const descriptor = await readFile(path).catch(() => undefined)
    if (descriptor !== undefined) await target.store.put(key, descriptor, { contentType: 'application/json' })
    return failures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Holds one file at a time on this machine. */
function fetchToBucket(fetchFile: FetchFile, { store, importer }: TargetBucket, prefix: string): FetchFile {
  return async (resource, folder, known = {}) => {
    const { path, bytes, hash } = known
    if (path !== undefined && bytes !== undefined && hash !== undefined)
      if ((await store.head(prefix + path))?.size === bytes) return { path, bytes, hash }
    const file = await fetchFile(resource, folder)
    if (file === undefined) return undefined
    const local = join(folder, file.path)
    const to = { key: prefix + file.path, size: file.bytes, contentType: resource.mimetype ?? undefined }
    await (await importer.write(createReadStream(local), to)).complete()
    await rm(local)
    return file
  }
}
