import { type ShownUpload, UplinkError } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { type BegunUploadFile, openBegunUpload } from './begun-uploads.ts'
import type { Destination } from './destinations.ts'
import type { LocalFile } from './local-files.ts'
import type { Printer } from './printer.ts'
import { sendFile } from './send-file.ts'
import type { UploadCommand } from './upload-command.ts'
import type { Work } from './work.ts'

/** One file on its way. */
interface Item {
  readonly file: LocalFile
  readonly destination: Destination
  readonly onProgress: (sent: number) => void
  /** Called before the result is printed. */
  readonly onEnd: () => void
}

/** Sends a file and waits for the goal of the command. Prints the result. Returns whether the goal was reached. */
export async function uploadFile(
  { file, destination, onProgress, onEnd }: Item,
  command: UploadCommand,
  work: Work,
): Promise<boolean> {
  const { printer, gateway } = work
  const target = command.resource ?? command.dataset ?? ''
  const begunUpload = openBegunUpload({ gateway, target, path: file.path, name: command.name ?? '' })
  let upload: string | undefined
  try {
    const sent = await sendFile(file, destination, begunUpload, command, {
      ...work,
      onProgress: (progress) => onProgress(progress.sent),
      onBegin: (begun) => {
        upload = begun.id
      },
    })
    upload = sent.id
    const { resource } = sent
    const state = await waitForGoal(upload, command, work)
    await begunUpload.remove()
    onEnd()
    reportResult(file, { upload, resource, state }, printer)
    return true
  } catch (thrown) {
    const resource = 'dataset' in destination ? await emptyResource(begunUpload, thrown) : undefined
    onEnd()
    reportFailure(file, { upload, resource, thrown }, printer)
    return false
  }
}

interface Result {
  readonly upload: string
  readonly resource: string
  readonly state: string
}

export function reportResult(file: LocalFile, { upload, resource, state }: Result, printer: Printer): void {
  printer.result(
    { file: file.path, upload, resource, state },
    `${file.pathInFolder}  ${state}  resource ${resource}  upload ${upload}`,
  )
}

/** Prints why a file has no upload. */
export function reportRefusal({ path, pathInFolder }: LocalFile, reason: string, printer: Printer): void {
  printer.failure({ file: path, state: 'failed', reason }, pathInFolder)
}

interface Failure {
  readonly upload: string | undefined
  /** A new resource without a file. */
  readonly resource: string | undefined
  readonly thrown: unknown
}

/** Prints a failure, and names the new resource without a file. */
export function reportFailure(file: LocalFile, { upload, resource, thrown }: Failure, printer: Printer): void {
  const why = messageOf(thrown)
  const isNamed = upload === undefined || why.includes(upload)
  const state = shownIn(thrown)?.state === 'linked' ? 'linked' : 'failed'
  printer.failure(
    { file: file.path, upload, state, resource, reason: `${why}${hintAt(resource)}` },
    isNamed ? file.pathInFolder : `${file.pathInFolder}  upload ${upload}`,
  )
}

async function waitForGoal(id: string, { wait, timeout }: UploadCommand, { uplink, signal }: Work): Promise<string> {
  if (wait === 'none') return 'sent'
  return (await uplink.waitFor(id, wait, { timeoutMs: timeout * 1000, signal })).state
}

function hintAt(emptyResource: string | undefined): string {
  return emptyResource === undefined
    ? ''
    : ` Resource ${emptyResource} was created for it and has no file yet: the same command uses it again.`
}

/** The resource that was created for a file, if it certainly has no file. */
async function emptyResource(begunUpload: BegunUploadFile, thrown: unknown): Promise<string | undefined> {
  const shown = shownIn(thrown)
  const isLinked = shown?.state === 'linked'
  // After a time-out the same command waits again for the upload that it remembers.
  if (isLinked && !isTimeOut(thrown)) await begunUpload.remove()
  const { resource, upload } = (await begunUpload.read()) ?? {}
  const maybeLinked = upload?.isSent === true && shown === undefined
  return isLinked || maybeLinked ? undefined : resource
}

/** The record of the upload as the client last saw it, if the client waited for it. */
export function shownIn(thrown: unknown): ShownUpload | undefined {
  return thrown instanceof UplinkError ? (thrown.details['upload'] as ShownUpload | undefined) : undefined
}

function isTimeOut(thrown: unknown): boolean {
  return thrown instanceof UplinkError && thrown.code === 'timed_out'
}
