import { openAsBlob } from 'node:fs'
import { type Gate, UplinkError, type Uploaded } from '@ckan-uplink/client'
import { MIB } from '@ckan-uplink/core/support'
import { createGate } from './gate.ts'
import { type IssuedFile, toNote } from './issue-files.ts'
import type { KeptRequests } from './kept-requests.ts'
import { unlessRefused } from './send-file.ts'
import type { UploadCommand } from './upload-command.ts'
import type { Work } from './work.ts'

const BYTES_AT_ONCE = 256 * MIB
/** A URL that was used or has expired. */
const SPENT_STATUSES: readonly unknown[] = [403, 409, 412]

export interface Sending {
  readonly requests: KeptRequests
  readonly command: UploadCommand
  readonly work: Work
  readonly onProgress: (file: IssuedFile, sent: number) => void
  /** Called for each file. `failure` is what stopped it. */
  readonly onEnd: (file: IssuedFile, failure?: { readonly thrown: unknown }) => void
}

/**
 * Sends files, several at the same time. Continues after a failure. Throws why no further file has an upload, and the
 * signal's reason.
 */
export async function sendFiles(files: AsyncGenerator<IssuedFile, void>, sending: Sending): Promise<void> {
  const { filesAtOnce } = sending.command
  const { signal } = sending.work
  const gate = createGate({ bodies: filesAtOnce, bytes: BYTES_AT_ONCE })

  async function lane(): Promise<void> {
    for (let next = await files.next(); !next.done; next = await files.next()) {
      signal.throwIfAborted()
      await sendOne(next.value, gate, sending)
    }
  }

  const lanes = await Promise.allSettled(Array.from({ length: filesAtOnce }, lane))
  signal.throwIfAborted()
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason
}

async function sendOne(file: IssuedFile, gate: Gate, sending: Sending): Promise<void> {
  const { requests, work, onEnd } = sending
  try {
    const { id } = await sendBytes(file, gate, sending)
    const note = toNote(file)
    await requests.note(file.name, id === note.upload ? note : { ...note, upload: id, key: undefined })
    onEnd(file)
  } catch (thrown) {
    work.signal.throwIfAborted()
    onEnd(file, { thrown })
  }
}

async function sendBytes(file: IssuedFile, gate: Gate, { command, work, onProgress }: Sending): Promise<Uploaded> {
  const { uplink, signal } = work
  const { fields, upload, resource, isRepeated } = file
  const source = await openAsBlob(file.file.path)
  const { format, partsAtOnce } = command
  const options = {
    name: fields.name.slice(fields.name.lastIndexOf('/') + 1),
    checksum: fields.hash,
    format,
    partsAtOnce,
    gate,
    signal,
    onProgress: ({ sent }: { readonly sent: number }) => onProgress(file, sent),
  }
  if (isRepeated && upload.url === null) {
    const resumed = await unlessRefused(() => uplink.upload(source, { ...options, resume: upload.id }))
    return resumed ?? uplink.upload(source, { ...options, resource })
  }
  try {
    return await uplink.upload(source, { ...options, issued: { resource, upload } })
  } catch (thrown) {
    if (!(thrown instanceof UplinkError) || !SPENT_STATUSES.includes(thrown.details['status'])) throw thrown
    return uplink.upload(source, { ...options, resource })
  }
}
