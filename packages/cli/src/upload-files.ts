import { chooseDestinations } from './destinations.ts'
import { findFiles, type LeftOut, type LocalFile } from './local-files.ts'
import type { Printer } from './printer.ts'
import { startProgressBar } from './progress-bar.ts'
import type { UploadCommand } from './upload-command.ts'
import { uploadFile } from './upload-file.ts'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

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
    if ('refusal' in destination) {
      reportRefusal(file, destination.refusal, work.printer)
      failures += 1
    } else {
      const bar = startProgressBar({ name: file.pathInFolder, size: file.size, before, total })
      const item = { file, destination, onProgress: bar.update, onEnd: bar.stop }
      if (!(await uploadFile(item, command, work))) failures += 1
    }
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
