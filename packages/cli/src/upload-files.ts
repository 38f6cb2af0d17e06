import { type ShownUpload, UplinkError } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { type BegunUploadFile, openBegunUpload } from './begun-uploads.ts'
import { findFiles, type LeftOut, type LocalFile } from './local-files.ts'
import type { Printer } from './printer.ts'
import { startProgressBar } from './progress-bar.ts'
import { type Destination, sendFile } from './send-file.ts'
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
  if (command.replaceByName) checkNames(files)
  const named = command.replaceByName ? await resourcesByName(work, command.dataset ?? '') : new Map<string, string>()
  const total = files.reduce((sum, { size }) => sum + size, 0)
  let [before, failures] = [0, reportLeftOut(leftOut, work.printer)]
  for (const file of files) {
    if (!(await uploadFile({ file, destination: destinationOf(file, command, named), before, total }, command, work)))
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

/** One resource shows one file, so two files of one name would replace each other. */
function checkNames(files: readonly LocalFile[]): void {
  const pathsByName = Map.groupBy(files, ({ name }) => name)
  for (const [name, [first, second]] of pathsByName) {
    if (first !== undefined && second !== undefined)
      throw new UsageError(
        `${first.path} and ${second.path} would both replace resource ${name}: upload each with --resource.`,
      )
  }
}

/** Returns the number of failures among them. */
function reportLeftOut(leftOut: readonly LeftOut[], printer: Printer): number {
  for (const { path, reason, isFailure } of leftOut) {
    if (isFailure) printer.failure({ file: path, state: 'failed', reason }, JSON.stringify(path))
    else printer.note({ file: path, state: 'left out', reason }, JSON.stringify(path))
  }
  return leftOut.filter(({ isFailure }) => isFailure).length
}

function destinationOf(
  file: LocalFile,
  { resource, dataset = '', name = file.name }: UploadCommand,
  named: ReadonlyMap<string, string>,
): Destination {
  const known = resource ?? named.get(name.normalize('NFC'))
  return known === undefined ? { dataset } : { resource: known }
}

/** The ids of a dataset's resources by name, without names that several resources share. */
async function resourcesByName({ uplink, signal }: Work, dataset: string): Promise<ReadonlyMap<string, string>> {
  type Shown = { readonly resources: readonly { readonly id: string; readonly name: string | null }[] }
  const { resources } = await uplink.action<Shown>('package_show', { id: dataset }, { signal })
  const byName = Map.groupBy(resources, ({ name }) => name?.normalize('NFC') ?? '')
  return new Map(
    [...byName].flatMap(([name, [first, ...others]]) =>
      first !== undefined && name !== '' && others.length === 0 ? [[name, first.id] as const] : [],
    ),
  )
}

/** Whether the upload reached the state that the command waits for. */
async function uploadFile({ file, destination, ...place }: Item, command: UploadCommand, work: Work): Promise<boolean> {
  const { printer, uplink, signal, gateway } = work
  const { wait, timeout } = command
  const bar = startProgressBar({ ...file, ...place })
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
      `${file.name}  ${state}  resource ${resource}  upload ${id}`,
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
      file.name,
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
