import type { IssuedUpload } from '@ckan-uplink/client'
import type { JsonObject } from '@ckan-uplink/core/support'
import type { Work } from './work.ts'

/** The time for a request that makes CKAN validate a whole dataset. */
export const WHOLE_DATASET_MS = 300_000

/** The answer of `dataset_upload`, with the files in the order of the request. */
export interface PlacedFiles {
  readonly files: readonly {
    readonly resource?: { readonly id: string; readonly is_new: boolean }
    readonly upload?: IssuedUpload
    readonly error?: Readonly<Record<string, readonly string[]>>
  }[]
}

export function askForUploads(params: JsonObject, { uplink, signal }: Work): Promise<PlacedFiles> {
  return uplink.action<PlacedFiles>('dataset_upload', params, { signal, timeoutMs: WHOLE_DATASET_MS })
}

/** The upload of a file. Throws the gateway's reason if it has refused the file. */
export function uploadOf(placed: PlacedFiles, index: number): IssuedUpload {
  const { upload } = placed.files[index] ?? {}
  if (upload === undefined) throw new Error(refusalOf(placed, index))
  return upload
}

export function refusalOf({ files }: PlacedFiles, index: number): string {
  const faults = Object.entries(files[index]?.error ?? {})
  return `The gateway refused it: ${faults.map(([field, reasons]) => `${field}: ${reasons.join(', ')}`).join('; ')}.`
}
