import type { Uploaded } from '@ckan-uplink/client'
import type { FormUploads } from './form.ts'
import { type Sending, sendTo, unlessOver } from './send.ts'
import type { Transfer } from './transfer.ts'

/**
 * Sends the parts of a file for a form, and completes the upload if CKAN has saved the form. Continues an interrupted
 * upload, or begins another where that is over.
 */
export async function sendForForm(
  transfer: Transfer,
  signal: AbortSignal,
  form: FormUploads,
  sending: Omit<Sending, 'uplink'>,
): Promise<void> {
  const send = (target: Parameters<typeof sendTo>[1]) =>
    sendTo(transfer, { ...target, complete: false }, signal, {
      ...sending,
      uplink: form.senderFor(transfer.form?.form ?? ''),
    })
  await sendAll(transfer, send, form, sending)
  const { begun } = transfer
  if (form.complete === undefined || begun === undefined) return
  await form.complete(transfer.form?.form ?? '', begun.id)
  await sending.kept.remove(begun.id)
}

async function sendAll(
  transfer: Transfer,
  send: (target: Parameters<typeof sendTo>[1]) => Promise<Uploaded>,
  form: FormUploads,
  sending: Omit<Sending, 'uplink'>,
): Promise<void> {
  const { begun } = transfer
  if (begun !== undefined) {
    if (await unlessOver(() => send({ resume: begun.id }))) return
    await sending.kept.remove(begun.id)
    transfer.begun = undefined
    transfer.form = undefined
  }
  transfer.form ??= await form.begin()
  await send({ resource: transfer.form.resource })
}
