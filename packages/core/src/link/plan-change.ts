import { UplinkError } from '../errors.ts'
import { isTabular } from '../file-identity/file-types.ts'
import type { Dataset, Resource } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { UrlSettings } from '../uploads/linked-url.ts'
import { type Change, type DatasetRun, settleAll } from './dataset-run.ts'
import { type Decision, decide, shownIn } from './decide.ts'
import { needsViewsStill } from './default-views.ts'
import { inspect } from './inspect.ts'
import { noteReplaced } from './note-replaced.ts'
import { isOpenToLoader } from './open-to-loader.ts'
import { fieldsFor } from './resource-fields.ts'
import { type Result, resultOfError } from './result.ts'
import { passScanGate } from './scan-gate.ts'
import type { Candidate, FileCandidate, Inspection, Upload } from './upload.ts'
import { handleWithdrawn, isWithdrawn, withShown } from './withdrawn-upload.ts'
import { writeDelay } from './write-delay.ts'

/** Inspects the objects of one resource and decides. Returns the change to write, if any; stores the other results. */
export async function changeFor(
  run: DatasetRun,
  at: { readonly dataset: Dataset; readonly resource: Resource },
  uploads: readonly Upload[],
): Promise<Change | undefined> {
  const { settings } = run.linker
  const { resource } = at
  const isOpen = isOpenToLoader(settings, at.dataset)
  await handleWithdrawnAmong(run, resource, uploads)
  const open = uploads.filter((upload) => !isWithdrawn(upload))
  const candidates = await inspectAll(run, resource, open)
  const decisions = decide(settings, { ...resource, ...ownerOf(at.dataset) }, candidates)
  const winner = candidates.find((candidate) => decisions.get(candidate)?.kind === 'write')
  const delay = winner && delayOf(at, winner, shownVersion(settings, resource, winner.upload))
  const losers: [Upload, Result][] = []
  for (const [candidate, decision] of decisions) {
    const result = resultOf(run, { ...at, isOpen }, candidate, decision)
    // The winner supersedes the others only when CKAN has accepted its write.
    if (result && winner && decision.kind === 'superseded') losers.push([candidate.upload, result])
    else if (result) run.results.set(candidate.upload, result)
  }
  if (delay) settleAll(run, [winner.upload, ...losers.map(([upload]) => upload)], delay)
  else if (winner) {
    await noteReplaced(run.linker, resource, winner.upload)
    return {
      resource,
      winner,
      isLoadable: isOpen && isTabular(winner.identity.format),
      losers,
      fields: fieldsFor(settings, resource, winner, at.dataset.readAt),
    }
  }
  return undefined
}

/** Compares times of CKAN's own clock. When CKAN already shows this upload, the linker has set `last_modified`. */
function delayOf(
  { dataset, resource }: { readonly dataset: Dataset; readonly resource: Resource },
  { upload }: Candidate,
  shown: string | undefined,
): Result | undefined {
  if (shown === undefined || resource.lastModified === null) return undefined
  return writeDelay(upload, new Date(`${resource.lastModified}Z`), dataset.readAt)
}

/** The version of this upload that CKAN shows, if any. */
function shownVersion(settings: UrlSettings, resource: Resource, { parsed }: Upload): string | undefined {
  const shown = shownIn(settings, resource)
  return shown?.uploadId === parsed.uploadId ? shown?.version : undefined
}

function ownerOf({ ownerOrg }: Dataset): Pick<Dataset, 'ownerOrg'> {
  return ownerOrg === undefined ? {} : { ownerOrg }
}

async function handleWithdrawnAmong(run: DatasetRun, { url }: Resource, uploads: readonly Upload[]): Promise<void> {
  for (const upload of uploads.filter(isWithdrawn)) {
    const result = run.linker.limitStore(() => handleWithdrawn(run.linker, upload, url))
    run.results.set(upload, await result.catch(resultOfError))
  }
}

/** Returns the valid uploads and stores the results of the others. An unreadable object delays only its own upload. */
async function inspectAll(
  run: DatasetRun,
  resource: Resource,
  uploads: readonly Upload[],
): Promise<readonly FileCandidate[]> {
  const { linker } = run
  const look = (upload: Upload): Promise<Inspection | Result> =>
    linker.limitStore(async () => {
      const inspection = await inspect(linker, upload, resource, shownVersion(linker.settings, resource, upload))
      return (inspection.kind === 'valid' && (await passScanGate(linker, inspection.candidate))) || inspection
    })
  const looks = uploads.map(async (upload) => {
    const inspection = await look(upload).catch((error: unknown) => resultOfError(error))
    if (inspection.kind === 'valid') return [inspection.candidate]
    const result = resultOfInspection(upload, inspection)
    if (result) run.results.set(upload, withShown(linker, upload, resource.url, result))
    return []
  })
  return (await Promise.all(looks)).flat()
}

function resultOf(
  run: DatasetRun,
  at: { readonly dataset: Dataset; readonly resource: Resource; readonly isOpen: boolean },
  candidate: FileCandidate,
  decision: Decision,
): Result | undefined {
  const { resource, isOpen } = at
  switch (decision.kind) {
    case 'write':
      return undefined
    case 'unchanged': {
      const written = run.attempted.has(resource.url)
      return {
        kind: 'linked',
        candidate,
        url: resource.url,
        written,
        isLoadable: isOpen && isTabular(candidate.identity.format),
        mimetype: candidate.identity.mimetype,
        ...needsViewsStill(run.linker.settings, { ...at, written }, candidate.upload),
      }
    }
    case 'superseded':
      return decision
    case 'refused':
      return resultOfRefusal(candidate, decision)
  }
}

export function resultOfRefusal(
  { upload }: Candidate<UploadKey>,
  { kind: _, ...refusal }: Extract<Decision, { kind: 'refused' }>,
): Result {
  const { reason } = refusal
  return upload.stored.etag === undefined ? { kind: 'ignored', reason } : { kind: 'failed', ...refusal }
}

/** `undefined` when the next round has to inspect the upload again. */
export function resultOfInspection(
  upload: Upload<UploadKey>,
  inspection: Exclude<Inspection, { kind: 'valid' }> | Result,
): Result | undefined {
  switch (inspection.kind) {
    case 'absent':
      return absent(upload)
    case 'changing':
      return undefined
    case 'invalid':
      return { ...inspection, kind: 'failed' }
    default:
      return inspection
  }
}

/**
 * A decoder that misreads a key must not go unnoticed, so an expected object that does not exist is parked in the end.
 */
function absent({ key, stored, attempt }: Upload<UploadKey>): Result {
  if (stored.etag === undefined || stored.record.state !== 'issued')
    return { kind: 'ignored', reason: 'The object is gone.' }
  const message = `The bucket has no object ${JSON.stringify(key)}, although a notification reported it.`
  return attempt > 2
    ? { kind: 'parked', reason: `${message} Upload the file again, or drop this message.` }
    : { kind: 'retry', cause: new UplinkError('store', message, true) }
}
