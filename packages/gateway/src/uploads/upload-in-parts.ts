import type { RefusedError } from '@ckan-uplink/core'
import type { MultipartUpload } from '@ckan-uplink/core/uploads'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import type { ShownRecord } from './answers.ts'
import type { PartPlan } from './part-plan.ts'
import type { RecordDeps } from './records.ts'
import { showRecord } from './show-record.ts'

/** An upload in parts, read from its record. Only the store knows which parts have arrived. */
export interface UploadInParts {
  readonly record: ShownRecord
  readonly target: MultipartUpload
  readonly plan: PartPlan & { readonly size: number; readonly expiresInSeconds: number }
}

/** Throws as `showRecord` does, and `RefusedError` for an upload in one request. */
export async function findUploadInParts(deps: RecordDeps, caller: KnownCaller, id: string): Promise<UploadInParts> {
  const record = await showRecord(deps, caller, id)
  const { key, multipart: parts, declared } = record
  if (parts === undefined || declared.size === undefined)
    throw refusal({ id: ['This upload is not in parts: put the whole file to its URL'] })
  const plan = {
    partSize: parts.part_size,
    partCount: parts.part_count,
    size: declared.size,
    expiresInSeconds: parts.expires_in,
  }
  return { record, target: { key, id: parts.id }, plan }
}

/** Whether the upload still waits for its file. */
export function isOpen({ state }: ShownRecord): boolean {
  return state === 'issued' || state === 'expired'
}

/** Whether the linker will never link the file of this upload. */
export function isEnded({ state }: ShownRecord): boolean {
  return state === 'aborted' || state === 'withdrawn'
}

export function endedError({ state }: ShownRecord): RefusedError {
  const what = state === 'issued' ? 'was aborted, or dropped after a week' : `is ${state}`
  return refusal({ id: [`This upload ${what}: request a new upload`] })
}
