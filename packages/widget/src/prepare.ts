import type { IssuedUpload, Uplink } from '@ckan-uplink/client'
import { type Transfer, wantsParts } from './transfer.ts'

/** The part of the client that moves files. */
export type Sender = Pick<Uplink, 'action' | 'upload' | 'abort' | 'show' | 'statuses' | 'waitFor'>

/** Calls an action of CKAN. */
export type Action = (name: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>

/** Computes the checksum of a file. */
export type Checksum = (file: File, signal: AbortSignal) => Promise<string>

/** CKAN validates the whole dataset. */
const TIMEOUT_MS = 300_000

interface Placed {
  /** The dataset's id, even if the request had its name. */
  readonly id: string
  readonly files: readonly {
    readonly resource?: { readonly id: string; readonly is_new: boolean }
    readonly upload?: IssuedUpload
    readonly error?: Readonly<Record<string, readonly string[]>>
  }[]
}

/** Why an empty file fails in a place that takes files in parts only, as grants and upload links do. */
export const EMPTY_FILE = 'This file is empty. Empty files cannot be uploaded here.'

/** Computes the checksum while the transfer is `checking`. A person may pause or cancel it meanwhile. */
export async function check(transfer: Transfer, checksum: Checksum, isAlwaysInParts?: boolean): Promise<void> {
  const stop = new AbortController()
  transfer.stop = stop
  transfer.state = 'checking'
  if (isAlwaysInParts && transfer.file.size === 0) throw new Error(EMPTY_FILE)
  try {
    transfer.hash ??= await checksum(transfer.file, stop.signal)
  } catch (thrown) {
    if (stop.signal.aborted) return
    throw thrown
  }
}

export interface Issuing {
  readonly uplink: Sender
  readonly multipart?: boolean | undefined
  /** Called for a file that is refused. */
  readonly fail: (transfer: Transfer, thrown: unknown) => void
}

/** Asks for the uploads of many files with one request, which creates their resources. */
export async function issue(
  { uplink, multipart: isAlwaysInParts, fail }: Issuing,
  dataset: string,
  transfers: readonly Transfer[],
): Promise<void> {
  const files = transfers.map((transfer) => {
    const { path, file, hash } = transfer
    return { name: path, size: file.size, hash, multipart: wantsParts(transfer, isAlwaysInParts) }
  })
  const params = { id: dataset, request: crypto.randomUUID(), files }
  const placed = await uplink.action<Placed>('dataset_upload', params, { timeoutMs: TIMEOUT_MS })
  for (const [index, transfer] of transfers.entries()) {
    const { resource, upload, error = {} } = placed.files[index] ?? {}
    if (resource && upload) {
      transfer.issued = { resource: resource.id, upload }
      if (resource.is_new) transfer.created = { dataset: placed.id, id: resource.id }
    } else {
      const reasons = Object.entries(error).map(([field, texts]) => `${field}: ${texts.join(', ')}`)
      fail(transfer, new Error(reasons.join('; ')))
    }
  }
}
