import {
  NotAllowedError,
  NotFoundError,
  RefusedError,
  type Target,
  UplinkError,
  type Uploaded,
} from '@ckan-uplink/client'
import type { KeptUploads } from './kept-uploads.ts'
import type { Sender } from './prepare.ts'
import { type BegunUpload, resourceOf, type Transfer, wantsParts } from './transfer.ts'

export interface Sending {
  readonly uplink: Sender
  readonly kept: KeptUploads
  readonly place: string
  /** The resource that gets the file. Without it, the transfer knows its own. */
  readonly resource?: string | undefined
  /** Grants allow uploads in parts only. */
  readonly multipart?: boolean | undefined
  readonly onProgress: () => void
}

/** How the store refuses a URL that was used or has expired. */
const SPENT_STATUSES: readonly unknown[] = [403, 409, 412]

/** Sends the bytes of a file. Continues an interrupted upload in parts, or begins another where that is over. */
export async function send(transfer: Transfer, signal: AbortSignal, sending: Sending): Promise<void> {
  const { kept } = sending
  const { begun } = transfer
  if (begun?.resumable) {
    const resumed = await unlessOver(() => sendTo(transfer, { resume: begun.id }, signal, sending))
    if (resumed) return kept.remove(begun.id)
    await kept.remove(begun.id)
  }
  await sendAsNew(transfer, signal, sending)
  if (transfer.begun !== undefined) await kept.remove(transfer.begun.id)
}

async function sendAsNew(transfer: Transfer, signal: AbortSignal, sending: Sending): Promise<Uploaded> {
  const { issued } = transfer
  const resource = issued?.resource ?? resourceOf(transfer) ?? sending.resource ?? ''
  transfer.issued = undefined
  if (issued !== undefined) transfer.begun = { ...begunOf(issued), resumable: issued.upload.url === null }
  try {
    return await sendTo(transfer, issued ? { issued } : { resource }, signal, sending)
  } catch (thrown) {
    const isSpent = thrown instanceof UplinkError && SPENT_STATUSES.includes(thrown.details['status'])
    // The gateway has the same statuses, and says why.
    const isOfGateway = thrown instanceof RefusedError || thrown instanceof NotAllowedError
    if (issued === undefined || !isSpent || isOfGateway) throw thrown
    return sendTo(transfer, { resource }, signal, sending)
  }
}

function begunOf({ resource, upload }: NonNullable<Transfer['issued']>): Omit<BegunUpload, 'resumable'> {
  return { id: upload.id, resource, statusKey: upload.status_key }
}

export function sendTo(
  transfer: Transfer,
  target: Target & { readonly complete?: false },
  signal: AbortSignal,
  { uplink, kept, place, multipart, onProgress }: Sending,
): Promise<Uploaded> {
  const { file, path, hash, form } = transfer
  return uplink.upload(file, {
    ...target,
    checksum: hash,
    multipart: wantsParts(transfer, multipart),
    signal,
    onProgress({ sent }) {
      transfer.sent = sent
      onProgress()
    },
    async onBegin(begun) {
      transfer.begun = begun
      if (!begun.resumable) return
      const { id, resource, statusKey } = begun
      const { handle } = transfer
      const facts = { id, resource, statusKey, place, path, size: file.size, modifiedMs: file.lastModified, hash }
      await kept.put({ ...facts, ...(form && { form: form.form }), ...(handle && { handle }) })
    },
  })
}

/** `undefined`: the gateway knows no such upload in parts any more. */
export async function unlessOver(resume: () => Promise<Uploaded>): Promise<Uploaded | undefined> {
  try {
    return await resume()
  } catch (thrown) {
    if (thrown instanceof RefusedError || thrown instanceof NotFoundError) return undefined
    throw thrown
  }
}
