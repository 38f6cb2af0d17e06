import { chooseDestinations } from './destinations.ts'
import { type FileList, listFiles } from './file-list.ts'
import type { LeftOut, LocalFile } from './local-files.ts'
import type { Printer } from './printer.ts'
import { startProgressBar } from './progress-bar.ts'
import type { UploadCommand } from './upload-command.ts'
import { reportRefusal, uploadFile } from './upload-file.ts'
import { prepareFolder } from './upload-folder.ts'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

/** Uploads files, and continues after a failure. Returns the number of failures. */
export async function uploadFiles(paths: readonly string[], command: UploadCommand, work: Work): Promise<number> {
  checkUse(command)
  const files = await listFiles(paths)
  try {
    if (files.count > 1 && (command.resource !== undefined || command.name !== undefined)) {
      throw new UsageError(`--resource and --name are for one file, but there are ${files.count}: give --dataset.`)
    }
    const only = await findOnly(files)
    if (only !== undefined && (command.resource !== undefined || files.given.includes(only.path)))
      return await uploadOne(only, files, command, work)
    const upload = await prepareFolder(files, command, work)
    return reportLeftOut(files.leftOut, work.printer) + (await upload())
  } finally {
    await files.remove()
  }
}

async function findOnly(files: FileList): Promise<LocalFile | undefined> {
  if (files.count === 1) for await (const file of files) return file
  return undefined
}

/** A file that was given itself needs no state of a folder. */
async function uploadOne(file: LocalFile, files: FileList, command: UploadCommand, work: Work): Promise<number> {
  const destination = (await chooseDestinations(files, command, work))(file)
  const failures = reportLeftOut(files.leftOut, work.printer)
  if ('refusal' in destination) {
    reportRefusal(file, destination.refusal, work.printer)
    return failures + 1
  }
  const bar = startProgressBar({ name: file.pathInFolder, size: file.size })
  const item = { file, destination, onProgress: bar.update, onEnd: bar.stop }
  return failures + ((await uploadFile(item, command, work)) ? 0 : 1)
}

function checkUse({ resource, dataset, replaceByName }: UploadCommand): void {
  if ((resource === undefined) === (dataset === undefined))
    throw new UsageError('Give either --resource or --dataset as the destination.')
  if (replaceByName && dataset === undefined) throw new UsageError('--replace-by-name needs a dataset: give --dataset.')
}

/** Returns the number of failures among them. */
function reportLeftOut(leftOut: readonly LeftOut[], printer: Printer): number {
  for (const { path, reason, kind } of leftOut) {
    if (kind === 'failure') printer.failure({ file: path, state: 'failed', reason }, JSON.stringify(path))
    if (kind === 'note') printer.note({ file: path, state: 'left out', reason }, JSON.stringify(path))
  }
  const hidden = leftOut.filter(({ kind }) => kind === 'hidden')
  if (hidden[0] !== undefined && !printer.json)
    printer.note(
      { reason: 'hidden and system files are left out.' },
      `${hidden.length} entries, such as ${JSON.stringify(hidden[0].path)}`,
    )
  return leftOut.filter(({ kind }) => kind === 'failure').length
}
