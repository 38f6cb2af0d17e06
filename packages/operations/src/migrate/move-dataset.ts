import { type ShownDataset, settle } from '@ckan-uplink/cli/migrate'
import { link, messageOf, type Outcome } from '@ckan-uplink/core'
import { createLimiter } from '@ckan-uplink/core/support'
import { describeOutcome } from '../commands/describe-outcome.ts'
import { type FoundObject, findObjects } from './find-objects.ts'
import type { Move } from './move.ts'
import { type PreparedFile, prepareFile } from './prepare-file.ts'

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
  const { uplink, signal } = move.work
  const tried = new Set<string>()
  for (;;) {
    signal.throwIfAborted()
    // People change a large dataset during the move.
    const dataset = await uplink.action<ShownDataset>('package_show', { id }, { signal })
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
  const prepared = await settle(batch, (file) => limit(() => prepareFile(dataset, file, move)), fail)
  const arrived = await settle(
    prepared,
    (one) => limit(() => one.complete().then(() => one)),
    ({ file }, thrown) => fail(file, thrown),
  )
  return [...failed, ...(await linkAll(arrived, move))]
}

async function linkAll(arrived: readonly PreparedFile[], { linkDeps }: Move): Promise<readonly MovedFile[]> {
  const { bucket } = linkDeps.settings
  // The linker in the cloud registers the files in CKAN. Two users at once would not find each other's files.
  const { filesStorage: _, ...settings } = linkDeps.settings
  const outcomes = await link(
    { ...linkDeps, settings },
    arrived.map(({ key }) => ({ bucket, key, kind: 'created' })),
  )
  return arrived.map(({ file }, index) => {
    const outcome = outcomes[index]
    return outcome === undefined || isMoved(outcome) ? { file } : { file, reason: describeOutcome(outcome) }
  })
}

function isMoved({ kind }: Outcome): boolean {
  return kind === 'linked' || kind === 'unchanged' || kind === 'waiting'
}
