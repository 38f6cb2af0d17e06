import { identify } from '../file-identity/identify.ts'
import type { Catalog, ObjectStore } from '../ports/index.ts'
import type { FileKey } from '../uploads/file-keys.ts'
import { type Breach, type Inspector, inspect, invalid } from './inspect.ts'
import { resultOfInspection } from './plan-change.ts'
import type { UploadReader } from './read-upload.ts'
import { type Result, resultOfError } from './result.ts'
import { passScanGate } from './scan-gate.ts'
import type { Candidate, Upload } from './upload.ts'
import { handleWithdrawn, isWithdrawn } from './withdrawn-upload.ts'

export interface FileLinker extends UploadReader, Inspector {
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'put' | 'remove' | 'sha256'>
  readonly catalog: Pick<Catalog, 'readFile'>
}

type FileUpload = Upload<FileKey>

/**
 * Verifies files that no resource links to. CKAN shows them nowhere before they are registered, so there is nothing to
 * compare. Returns a result for every upload; never throws.
 */
export async function linkFiles(
  linker: FileLinker,
  uploads: readonly FileUpload[],
): Promise<ReadonlyMap<FileUpload, Result>> {
  const looks = uploads.map(async (upload) => [upload, await settle(linker, upload).catch(resultOfError)] as const)
  return new Map(await Promise.all(looks))
}

async function settle(linker: FileLinker, upload: FileUpload): Promise<Result> {
  const { limitStore } = linker
  if (isWithdrawn(upload)) return limitStore(() => handleWithdrawn(linker, upload, ''))
  const { state, linked, file } = upload.stored.record
  if (state === 'aborted') return ABORTED
  const inspection = await limitStore(() => inspect(linker, upload, undefined))
  if (inspection.kind !== 'valid') return resultOfInspection(upload, inspection) ?? CHANGING
  const { candidate } = inspection
  if (await isLeftBehind(linker, candidate)) return LEFT_BEHIND
  const breach = typeBreach(upload, candidate.object.contentType)
  if (breach) return resultOfInspection(upload, breach) ?? CHANGING
  const stopped = await limitStore(() => passScanGate(linker, candidate))
  if (stopped) return stopped.kind === 'infected' && file?.id !== undefined ? { ...stopped, isShown: true } : stopped
  const { mimetype } = candidate.identity
  if (file === undefined && (await hasReplacedChanged(linker, upload))) return REPLACED_CHANGED
  const written = linked?.version !== candidate.version
  return { kind: 'linked', candidate, url: '', written, isLoadable: false, mimetype }
}

/**
 * Somebody deleted the file in CKAN, and a client put an object to its URL again. CKAN does not have that object, and
 * no user could delete it, so this removes it.
 */
async function isLeftBehind(linker: FileLinker, candidate: Candidate<FileKey>): Promise<boolean> {
  const { store, limitStore } = linker
  const { object } = candidate
  if (!(await cameLater(linker, candidate))) return false
  return limitStore(async () => {
    if ((await store.head(object.key))?.etag === object.etag) await store.remove(object.key)
    return true
  })
}

/**
 * Whether the object came after the registered object. Another linker may be registering another version, and note the
 * file later. Another date alone proves nothing: a backup may have restored the object.
 */
async function cameLater({ catalog }: FileLinker, { upload, version, object }: Candidate<FileKey>): Promise<boolean> {
  const { claimed, linked, file } = upload.stored.record
  if (file === undefined) return claimed !== undefined && claimed !== version
  const isSame = linked?.version === version && object.modifiedAt.getTime() <= Date.parse(linked.at)
  return file.id !== undefined && !isSame && (await catalog.readFile(file.id)) === undefined
}

/**
 * Whether the file to replace has changed since the request, or belongs to another owner now. A deleted file has not
 * changed: a linker may have stopped after the registration, and the owner then deleted the former file.
 */
async function hasReplacedChanged({ settings, catalog }: FileLinker, { stored: { record } }: FileUpload) {
  const { replaces_file: replaced, owner } = record
  if (replaced === undefined) return false
  const shown = await catalog.readFile(replaced.id)
  if (shown === undefined) return false
  return (
    shown.storage !== settings.filesStorage ||
    shown.location !== replaced.location ||
    shown.owner.type !== owner?.type ||
    shown.owner.id !== owner.id ||
    shown.owner.pinned !== owner.pinned
  )
}

/** CKAN takes over the content type of the object. A URL of Azure does not contain the type, so clients choose it. */
function typeBreach({ parsed, stored: { record } }: FileUpload, contentType = UNKNOWN_TYPE): Breach | undefined {
  const { declared } = record
  const sent = contentType.split(';', 1)[0]?.trim().toLowerCase()
  const signed = declared.mimetype ?? identify({ name: parsed.fileName, declared }).mimetype
  if (sent === UNKNOWN_TYPE || sent === signed.split(';', 1)[0]?.trim().toLowerCase()) return undefined
  return invalid(
    'content_mismatch',
    `The file was sent as ${sent}, but the upload is for ${signed}. Send the headers of the answer.`,
  )
}

const UNKNOWN_TYPE = 'application/octet-stream'

const ABORTED: Result = { kind: 'ignored', reason: 'This upload was aborted, so its file is not registered.' }

const LEFT_BEHIND: Result = {
  kind: 'ignored',
  reason: 'The file was deleted in CKAN. A later object at its URL was removed: begin a new upload.',
}

const REPLACED_CHANGED: Result = {
  kind: 'failed',
  code: 'changed_in_ckan',
  reason: 'The file that this one shall replace was moved, pinned or given away in CKAN meanwhile: begin again.',
}

const CHANGING: Result = { kind: 'retry', cause: new Error('The object changed while it was read.') }
