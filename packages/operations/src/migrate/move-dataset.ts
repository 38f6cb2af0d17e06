import { findDataset, type ShownDataset, settle } from '@ckan-uplink/cli/migrate'
import { messageOf } from '@ckan-uplink/core'
import { createLimiter } from '@ckan-uplink/core/support'
import { type FoundObject, findObjects } from './find-objects.ts'
import { linkKeys } from './link-keys.ts'
import type { Move } from './move.ts'
import { prepareFile } from './prepare-file.ts'

/** A batch costs CKAN one read by the command, and one read and one write by the linker. */
const FILES_PER_BATCH = 100
const COPIES_AT_ONCE = 8

export interface MovedFile {
  readonly file: FoundObject
  /** Absent: CKAN shows the file in the bucket, or will after a virus scan. */
  readonly reason?: string
}

/**
 * Moves the files of a dataset in batches. All files of a batch appear in the bucket at the same time, so the linker
 * writes them together.
 */
export async function* moveDataset(id: string, move: Move): AsyncGenerator<MovedFile, void> {
  const { signal } = move.work
  const tried = new Set<string>()
  for (;;) {
    signal.throwIfAborted()
    // People change a large dataset during the move.
    const dataset = await findDataset<ShownDataset>(id, move.work)
    // The files of a deleted dataset need not move.
    if (dataset === undefined) return
    const { found } = await findObjects(dataset, move)
    const left = found.filter(({ resource }) => !tried.has(resource.id))
    if (left.length === 0) return
    const batch = left.slice(0, FILES_PER_BATCH)
    for (const { resource } of batch) tried.add(resource.id)
    yield* await moveBatch(dataset, batch, move)
    if (left.length === batch.length) return
  }
}

async function moveBatch(
  dataset: ShownDataset,
  batch: readonly FoundObject[],
  move: Move,
): Promise<readonly MovedFile[]> {
  const failed: MovedFile[] = []
  const fail = (file: FoundObject, thrown: unknown) => failed.push({ file, reason: messageOf(thrown) })
  const limit = createLimiter(COPIES_AT_ONCE)
  const prepared = await settle(
    batch,
    (file) => limit(async () => ({ file, ...(await prepareFile(dataset, file, move)) })),
    fail,
  )
  const arrived = await settle(
    prepared,
    (one) => limit(() => one.complete().then(() => one)),
    ({ file }, thrown) => fail(file, thrown),
  )
  const reasons = await linkKeys(
    arrived.map(({ key }) => key),
    move,
  )
  const moved = arrived.map(({ file }, index) => {
    const reason = reasons[index]
    return reason === undefined ? { file } : { file, reason }
  })
  return [...failed, ...moved]
}
