import { chooseDestinations } from './destinations.ts'
import type { FileList } from './file-list.ts'
import { startFolderProgress } from './folder-progress.ts'
import { runFolder } from './folder-run.ts'
import { openKeptRequests } from './kept-requests.ts'
import { type OwnResources, openOwnResources } from './own-resources.ts'
import { isOurs } from './own-url.ts'
import type { UploadCommand } from './upload-command.ts'
import type { Work } from './work.ts'

/**
 * Prepares the upload of many files to a dataset: decides where they go, before the first one is sent. Throws
 * `UsageError` if two files claim one resource. The result uploads them, and returns the number of failures.
 */
export async function prepareFolder(
  files: FileList,
  command: UploadCommand,
  work: Work,
): Promise<() => Promise<number>> {
  const { dataset, names, format, replaceByName } = command
  const own = await findOwnResources(command, work)
  const destinationOf = await chooseDestinations(files, command, work)
  const requests = openKeptRequests([work.gateway, dataset, files.given, names, format, replaceByName])
  return async () => {
    if (!command.resume) await requests.clear()
    return runFolder({ files, command, work, requests, own, destinationOf }, startFolderProgress(files))
  }
}

/** The resources that earlier commands created, and that still show their files or none. A person's URL stays. */
async function findOwnResources({ dataset, replaceByName }: UploadCommand, work: Work): Promise<OwnResources> {
  const own = await openOwnResources([work.gateway, dataset])
  if (own.size === 0 || replaceByName) return own
  type Shown = { readonly resources: readonly { readonly id: string; readonly url: string | null }[] }
  const { resources } = await work.uplink.action<Shown>('package_show', { id: dataset }, { signal: work.signal })
  const urls = new Map(resources.map(({ id, url }) => [id, url ?? '']))
  own.keepOnly((id) => isOurs(id, urls.get(id)))
  return own
}
