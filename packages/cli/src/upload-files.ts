import { type ShownUpload, UplinkError } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { type BegunUploadFile, openBegunUpload } from './begun-uploads.ts'
import { chooseDestinations, type Destination } from './destinations.ts'
import { findFiles, type LeftOut, type LocalFile } from './local-files.ts'
import type { Printer } from './printer.ts'
import { startProgressBar } from './progress-bar.ts'
import { sendFile } from './send-file.ts'
import type { UploadCommand } from './upload-command.ts'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

interface Item {
  readonly file: LocalFile
  readonly destination: Destination
  /** Bytes of all files before this one. `total` counts the bytes of all files. */
  readonly before: number
  readonly total: number
}

/** Uploads one file after another, and continues after a failure. Returns the number of failures. */
export async function uploadFiles(paths: readonly string[], command: UploadCommand, work: Work): Promise<number> {
  checkUse(command)
  const { files, leftOut } = await findFiles(paths)
  if (files.length > 1 && (command.resource !== undefined || command.name !== undefined)) {
    throw new UsageError(`--resource and --name are for one file, but there are ${files.length}: give --dataset.`)
  }
  const destinationOf = await chooseDestinations(files, command, work)
  const total = files.reduce((sum, { size }) => sum + size, 0)
  let [before, failures] = [0, reportLeftOut(leftOut, work.printer)]
  for (const file of files) {
    const destination = destinationOf(file)
    if ('refusal' in destination) reportRefusal(file, destination.refusal, work.printer)
    if ('refusal' in destination || !(await uploadFile({ file, destination, before, total }, command, work)))
      failures += 1
    before += file.size
    if (work.signal.aborted) break
  }
  return failures
}

function checkUse({ resource, dataset, replaceByName }: UploadCommand): void {
  if ((resource === undefined) === (dataset === undefined))
    throw new UsageError('Give either --resource or --dataset as the destination.')
  if (replaceByName && dataset === undefined) throw new UsageError('--replace-by-name needs a dataset: give --dataset.')
}

/** Returns the number of failures among them. */
function reportLeftOut(leftOut: readonly LeftOut[], printer: Printer): number {
  for (const { path, reason, isFailure } of leftOut) {
    if (isFailure) printer.failure({ file: path, state: 'failed', reason }, JSON.stringify(path))
    else printer.note({ file: path, state: 'left out', reason }, JSON.stringify(path))
  }
  return leftOut.filter(({ isFailure }) => isFailure).length
}

function reportRefusal({ path, pathInFolder }: LocalFile, reason: string, printer: Printer): void {
  printer.failure({ file: path, state: 'failed', reason }, pathInFolder)
}

/** Whether the upload reached the state that the command waits for. */
async function uploadFile({ file, destination, ...place }: Item, command: UploadCommand, work: Work): Promise<boolean> {
  const { printer, uplink, signal, gateway } = work
  const { wait, timeout } = command
  const bar = startProgressBar({ ...place, name: file.pathInFolder, size: file.size })
  const target = command.resource ?? command.dataset ?? ''
  const begunUpload = openBegunUpload({ gateway, target, path: file.path, name: command.name ?? '' })
  try {
    const { id, resource } = await sendFile(file, destination, begunUpload, command, {
      uplink,
      signal,
      onProgress: ({ sent }) => bar.update(sent),
    })
    const { state } =
      wait === 'none' ? { state: 'sent' } : await uplink.waitFor(id, wait, { timeoutMs: timeout * 1000, signal })
    await begunUpload.remove()
    bar.stop()
    printer.result(
      { file: file.path, upload: id, resource, state },
      `${file.pathInFolder}  ${state}  resource ${resource}  upload ${id}`,
    )
    return true
  } catch (thrown) {
    bar.stop()
    const resource = 'dataset' in destination ? await emptyResource(begunUpload, thrown) : undefined
    const hint =
      resource === undefined
        ? ''
        : ` Resource ${resource} was created for it and has no file yet: the same command uses it again.`
    printer.failure(
      {
        file: file.path,
        state: 'failed',
        ...(resource !== undefined && { resource }),
        reason: `${messageOf(thrown)}${hint}`,
      },
      file.pathInFolder,
    )
    return false
  }
}

/** The resource that was created for a file, if CKAN does not show the file. */
async function emptyResource(begunUpload: BegunUploadFile, thrown: unknown): Promise<string | undefined> {
  const { upload } = (thrown instanceof UplinkError ? thrown.details : {}) as { readonly upload?: ShownUpload }
  if (upload?.state === 'linked') await begunUpload.remove()
  return (await begunUpload.read())?.resource
}
