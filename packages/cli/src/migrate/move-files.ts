import { messageOf } from '@ckan-uplink/core'
import { toBytesText } from '../bytes-text.ts'
import { createCountBar } from '../progress-bar.ts'
import type { Work } from '../work.ts'
import { checkToken } from './check-token.ts'
import { type Choice, chooseFiles } from './choose-files.ts'
import { printPlan } from './dry-run.ts'
import { listImages, type StoredImage } from './images.ts'
import { readMoved } from './journal.ts'
import { lockJournal } from './lock-journal.ts'
import { type FoundDataset, moveDataset } from './move-dataset.ts'
import { moveImages } from './move-images.ts'
import type { Mover } from './mover.ts'
import { openPortal } from './portal.ts'
import type { ShownDataset } from './shown.ts'
import { openStaging } from './staging.ts'

export interface MigrateCommand {
  readonly dataset?: readonly string[]
  readonly host?: readonly string[]
  readonly private: boolean
  readonly journal: string
  readonly fix: boolean
  /** In seconds. */
  readonly timeout: number
}

/** CKAN answers a few requests at the same time. */
const DATASETS_AT_ONCE = 4

/** Prints a plan of the move, or moves the files with `fix`. Returns the number of failures. */
export async function migrateFiles(command: MigrateCommand, work: Work): Promise<number> {
  const { dataset = [], host: hosts = [] } = command
  await checkToken(work)
  const portal = await openPortal(work, hosts)
  const choice = { hosts, includePrivate: command.private, movedBefore: await readMoved(command.journal) }
  const datasets = () => portal.datasets(dataset)
  const images = () => (dataset.length === 0 ? listImages(work) : nothing())
  if (!command.fix) return printPlan(datasets(), images(), choice, work)
  const { found, total } = await findDatasets(datasets(), choice)
  const unlock = await lockJournal(command.journal)
  const staging = await openStaging(command.journal)
  const bar = createCountBar(total)
  const done = { datasets: 0, files: 0, bytes: 0, failures: 0 }
  const mover: Mover = {
    portal,
    choice,
    staging,
    journal: command.journal,
    timeout: command.timeout,
    work,
    onMoved(bytes) {
      done.files += 1
      done.bytes += bytes
      bar.show(done.files)
    },
    onFailure(fields, words) {
      done.failures += 1
      bar.clear()
      work.printer.failure(fields, words)
    },
    onDone(fields, words) {
      bar.clear()
      work.printer.result(fields, words)
    },
  }
  const queue = found.values()

  async function lane(): Promise<void> {
    for (const dataset of queue) {
      work.signal.throwIfAborted()
      if (await moveOne(dataset)) done.datasets += 1
    }
  }

  async function moveOne(dataset: FoundDataset): Promise<boolean> {
    try {
      return await moveDataset(dataset, mover)
    } catch (thrown) {
      work.signal.throwIfAborted()
      mover.onFailure({ dataset: dataset.name, reason: messageOf(thrown) }, dataset.name)
      return false
    }
  }

  try {
    const lanes = await Promise.allSettled(Array.from({ length: DATASETS_AT_ONCE }, lane))
    for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason
    await moveImages(images(), mover)
  } finally {
    bar.clear()
    await staging.close()
    await unlock()
  }
  const size = toBytesText(done.bytes)
  work.printer.result(
    { ...done, journal: command.journal },
    `Moved ${done.files} files (${size}). Datasets done: ${done.datasets}. To undo it: ckan-uplink migrate --undo ${command.journal} --fix`,
  )
  return done.failures
}

/** The datasets with files to move, and the number of these files. */
async function findDatasets(datasets: AsyncIterable<ShownDataset>, choice: Choice) {
  const found: FoundDataset[] = []
  let total = 0
  for await (const dataset of datasets) {
    const { length } = chooseFiles(dataset, choice).files
    if (length > 0) found.push({ id: dataset.id, name: dataset.name })
    total += length
  }
  return { found, total }
}

async function* nothing(): AsyncGenerator<StoredImage, void> {}
