import { isTabular } from '../file-identity/file-types.ts'
import { identify } from '../file-identity/identify.ts'
import type { LinkDeps } from '../link/link.ts'
import type { Outcome } from '../notifications/outcome.ts'
import type { StoredObject } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { createLimiter } from '../support/limiter.ts'
import { parseKey, type ResourceKey } from '../uploads/keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { readRecord, recordIdOf, type UploadRecord } from '../uploads/upload-record.ts'
import type { ShownTable } from './shown-table.ts'

/** Returns the outcomes, by key, of those objects that need no call of CKAN. */
export type Settle = (objects: readonly StoredObject[]) => Promise<ReadonlyMap<string, Outcome>>

/**
 * Settles objects by their records and the list of what CKAN shows. It returns an outcome only where the linker would
 * return the same and write nothing: CKAN shows the version in the record, or a later upload. The linker has to handle
 * all other objects. Never throws.
 */
export function createSettler({ settings, store }: Pick<LinkDeps, 'settings' | 'store'>, table: ShownTable): Settle {
  const settle = async ({ key, etag }: StoredObject): Promise<Outcome | undefined> => {
    const parsed = parseKey(settings.keyPrefix, key)
    const shown = parsed?.kind === 'resource' ? table.get(parsed.resourceId) : undefined
    if (parsed?.kind !== 'resource' || shown === undefined) return undefined
    const record = (await readRecord(store, recordIdOf(parsed)))?.record
    if (record?.key !== key) return undefined
    const version = await versionOf(etag)
    // The linker has not checked another version, so it may have to refuse it.
    if (record.linked?.version !== version) return undefined
    if (shown.uploadId !== parsed.uploadId) return supersededBy(shown.uploadId, parsed, record)
    return version.startsWith(shown.version) && isComplete(settings, parsed, record, shown.isOpen)
      ? { kind: 'unchanged' }
      : undefined
  }
  return async (objects) => {
    const limit = createLimiter(settings.storeConcurrency)
    const looks = objects.map(async (object) => {
      const outcome = await limit(() => settle(object)).catch(() => undefined)
      return outcome ? [[object.key, outcome] as const] : []
    })
    return new Map((await Promise.all(looks)).flat())
  }
}

function supersededBy(
  later: string | undefined,
  { uploadId }: ResourceKey,
  { state }: UploadRecord,
): Outcome | undefined {
  if (uploadId === undefined || later === undefined || later < uploadId) return undefined
  return state === 'linked' || state === 'superseded' ? { kind: 'superseded', by: later } : undefined
}

/** Whether nothing is left to do for a version that CKAN shows, also not for the loader and for CKAN's files. */
function isComplete(
  { loader, filesStorage }: Settings,
  { uploadId, fileName }: ResourceKey,
  { state, submitted_at, declared, file }: UploadRecord,
  isOpen: boolean,
): boolean {
  if (state !== 'linked') return false
  if (filesStorage !== undefined && uploadId !== undefined && file?.step !== 'given') return false
  if (loader === undefined || !isOpen || submitted_at !== undefined) return true
  // Without a format here, CKAN's format decides whether the file is a table.
  const { format } = identify({ name: fileName, declared })
  return format !== undefined && !isTabular(format)
}
