import type { IssuedUpload } from '@ckan-uplink/client'
import type { FormOfResource } from './form.ts'
import type { NewResource } from './remove-resource.ts'

/**
 * `waiting` for its turn, `checking` the content, `sending` bytes, `paused`, `ready` for CKAN's form, which is not
 * saved yet, `arrived` in the bucket, `proposed` to a person who decides, `linked` in CKAN, `loaded` into the
 * DataStore, `failed` with a reason, or `cancelled`.
 */
export type TransferState =
  | 'waiting'
  | 'checking'
  | 'sending'
  | 'paused'
  | 'ready'
  | 'arrived'
  | 'proposed'
  | 'linked'
  | 'loaded'
  | 'failed'
  | 'cancelled'

/** The upload of a file, as the gateway has begun it. */
export interface BegunUpload {
  readonly id: string
  readonly resource: string
  readonly resumable: boolean
  readonly statusKey?: string | undefined
}

/** A file on its way to CKAN. */
export interface Transfer {
  readonly file: File
  /** The path in a chosen folder, or the name. */
  readonly path: string
  readonly handle?: FileSystemFileHandle | undefined
  state: TransferState
  sent: number
  hash?: string | undefined
  /** Why it failed, or why the loader failed. */
  reason?: string | undefined
  /** What `dataset_upload` returned. It is good for one attempt. */
  issued?: { readonly resource: string; readonly upload: IssuedUpload } | undefined
  begun?: BegunUpload | undefined
  /** The resource that was created for the file. */
  created?: NewResource | undefined
  /** The form of CKAN that the file is for. */
  form?: FormOfResource | undefined
  stop?: AbortController | undefined
}

/** The resource that gets the file, if it is known by now. */
export function resourceOf({ begun, created }: Pick<Transfer, 'begun' | 'created'>): string | undefined {
  return begun?.resource ?? created?.id
}

const OPEN: readonly TransferState[] = ['waiting', 'checking', 'sending']
const ARRIVED: readonly TransferState[] = ['ready', 'arrived', 'proposed', 'linked', 'loaded']

/** Whether bytes are still to be sent without a person's help. */
export function isOpen({ state }: Transfer): boolean {
  return OPEN.includes(state)
}

/** Whether the bytes of the file have arrived. */
export function hasArrived({ state }: Transfer): boolean {
  return ARRIVED.includes(state)
}

/** Whether the file counts in the total. */
export function isWanted({ state }: Transfer): boolean {
  return state !== 'cancelled'
}

const PARTS_FROM_BYTES = 16 * 1024 ** 2

/**
 * Whether to ask for parts, which a pause or a reload keeps. An empty file has none. `undefined`: the gateway decides.
 */
export function wantsParts({ file }: Transfer, isAlways: boolean | undefined): true | undefined {
  return file.size > (isAlways ? 0 : PARTS_FROM_BYTES) || undefined
}
