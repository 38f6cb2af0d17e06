import type { Catalog, Clock } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'
import { createViews } from './default-views.ts'
import { type Registrar, registerFile } from './register-file.ts'
import { type Result, resultOfError } from './result.ts'
import type { Upload } from './upload.ts'

export interface Teller extends Registrar {
  readonly settings: Settings
  readonly catalog: Registrar['catalog'] & Pick<Catalog, 'submit' | 'createViews'>
  readonly clock: Pick<Clock, 'now'>
}

/** What CKAN has done for a linked upload beside the link. */
export interface Told {
  /** When the linker submitted the linked version to the loader. */
  readonly submittedAt?: string
  readonly file?: NonNullable<UploadRecord['file']>
  /** Why CKAN refused to register the file. */
  readonly refusal?: string
  /**
   * The result for the message when a call failed. The record still becomes `linked`, so that a retry cannot undo a
   * person's change.
   */
  readonly instead?: Result
}

/** Submits a linked file to the loader, creates its views, and registers it. Never throws. */
export async function tellCkan(teller: Teller, upload: Upload<UploadKey>, result: Result): Promise<Told> {
  const submitted = await submit(teller, upload, result)
  if (result.kind === 'linked' && result.needsViews) await createViews(teller, result.needsViews)
  const registered = await registerFile(teller, upload, result).catch(
    (error: unknown): Told => ({ instead: { kind: 'retry', cause: error } }),
  )
  const { instead } = registered
  return { ...registered, ...(instead?.kind === 'parked' && { refusal: instead.reason }), ...submitted }
}

async function submit(
  { settings, catalog, clock }: Teller,
  { stored, parsed }: Upload<UploadKey>,
  result: Result,
): Promise<Told> {
  if (settings.loader === undefined || parsed.kind !== 'resource') return {}
  if (result.kind !== 'linked' || !result.isLoadable) return {}
  const { linked, submitted_at } = stored.record
  if (linked?.version === result.candidate.version && submitted_at !== undefined) return { submittedAt: submitted_at }
  try {
    if (await catalog.submit(parsed.resourceId)) return { submittedAt: clock.now().toISOString() }
    return {
      instead: {
        kind: 'retry',
        cause: new Error(`An earlier load of resource ${parsed.resourceId} is still pending in the loader.`),
        afterSeconds: 30,
      },
    }
  } catch (error) {
    return { instead: resultOfError(error) }
  }
}
