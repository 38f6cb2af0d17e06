import { randomUUID } from 'node:crypto'
import { messageOf } from '@ckan-uplink/core'
import { GIB } from '@ckan-uplink/core/support'
import { toBytesText } from '../bytes-text.ts'
import { askForUploads, type PlacedFiles, uploadOf } from '../dataset-upload.ts'
import { type ChosenFile, chooseFiles } from './choose-files.ts'
import { fileFieldsOf } from './journal.ts'
import type { Mover } from './mover.ts'
import { type Fail, replacedBy, sendStaged, settle, waitUntilLinked } from './send-staged.ts'
import type { ShownDataset } from './shown.ts'
import { type StagedFile, stageFile } from './stage-file.ts'

/** A batch costs CKAN two reads by the command line, one by the gateway and one by the linker, a probe and a write. */
const FILES_PER_BATCH = 100
const BYTES_PER_BATCH = 2 * GIB

/** A dataset, as the search index or CKAN itself names it. */
export type FoundDataset = Pick<ShownDataset, 'id' | 'name'>

/** Moves the files of a dataset in batches. Returns whether all have moved. A deleted dataset has none to move. */
export async function moveDataset({ id, name }: FoundDataset, mover: Mover): Promise<boolean> {
  const { choice, onDone, portal } = mover
  // The search index is late.
  const first = await portal.find(id)
  if (first === undefined) return true
  const moved: number[] = []
  let wanted = 0
  for (const [index, ids] of batchesOf(chooseFiles(first, choice).files).entries()) {
    // People change a large dataset during the move.
    const dataset = index === 0 ? first : await portal.find(id)
    if (dataset === undefined) break
    const files = chooseFiles(dataset, choice).files.filter(({ resource }) => ids.has(resource.id))
    wanted += files.length
    if (files.length > 0) moved.push(...(await moveBatch(dataset, files, mover)))
  }
  const bytes = moved.reduce((sum, size) => sum + size, 0)
  if (moved.length > 0)
    onDone({ dataset: name, files: moved.length, bytes }, `${name}  ${moved.length} files  ${toBytesText(bytes)}`)
  return moved.length === wanted
}

/** The ids of the resources of each batch. */
function batchesOf(files: readonly ChosenFile[]): readonly ReadonlySet<string>[] {
  const batches: Set<string>[] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const { resource, bytes: size = 0 } of files) {
    const last = batches.at(-1)
    if (last === undefined || last.size === FILES_PER_BATCH || bytes + size > BYTES_PER_BATCH) {
      batches.push(new Set([resource.id]))
      bytes = size
    } else {
      last.add(resource.id)
      bytes += size
    }
  }
  return batches
}

/** Copies the files to the bucket and waits until CKAN shows them there. Returns the sizes of the moved files. */
async function moveBatch(
  dataset: ShownDataset,
  files: readonly ChosenFile[],
  mover: Mover,
): Promise<readonly number[]> {
  const { staging, portal, work, onFailure } = mover

  const fail: Fail = ({ resource, name }, thrown) => {
    work.signal.throwIfAborted()
    const fields = { dataset: dataset.name, resource: resource.id, file: name, reason: messageOf(thrown) }
    onFailure(fields, `${dataset.name}  ${name}  resource ${resource.id}`)
  }

  return staging.withFolder(async (folder) => {
    const staged = await settle(files, (file) => staging.limitDownloads(() => stageFile(file, folder, portal)), fail)
    if (staged.length === 0) return []
    const placed = await askFor(dataset, staged, mover)
    const send = async (file: StagedFile, index: number) => {
      const before = fileFieldsOf(file.file.resource)
      return sendStaged(file, uploadOf(placed, index), { dataset: dataset.id, before }, mover)
    }
    const sent = await settle(staged, send, ({ file }, thrown) => fail(file, thrown))
    return waitUntilLinked(sent, mover, fail)
  })
}

/** CKAN must show what it showed before the files were read: `replaces` says that to the gateway and the linker. */
function askFor({ id }: ShownDataset, staged: readonly StagedFile[], { work }: Mover): Promise<PlacedFiles> {
  const files = staged.map(({ file, bytes, hash }) => ({
    name: file.name,
    resource: file.resource.id,
    size: bytes,
    hash,
    replaces: replacedBy(file),
  }))
  return askForUploads({ id, request: randomUUID(), files }, work)
}
