import { randomUUID } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import type { IssuedUpload } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { GIB } from '@ckan-uplink/core/support'
import { toBytesText } from '../bytes-text.ts'
import type { SentFile } from '../kept-requests.ts'
import { waitForFiles } from '../wait-for-files.ts'
import type { Work } from '../work.ts'
import { type Choice, type ChosenFile, chooseFiles } from './choose-files.ts'
import { addToJournal, fileFieldsOf } from './journal.ts'
import type { MigrateCommand } from './move-files.ts'
import type { Portal } from './portal.ts'
import type { ShownDataset } from './shown.ts'
import { type StagedFile, stageFile } from './stage-file.ts'
import type { Staging } from './staging.ts'

export interface Mover {
  readonly portal: Portal
  readonly choice: Choice
  readonly staging: Staging
  readonly command: MigrateCommand
  readonly work: Work
  readonly onMoved: (bytes: number) => void
  readonly onFailure: (result: Readonly<Record<string, unknown>> & { readonly reason: string }, words: string) => void
}

/** A batch costs CKAN two reads by the command line, one by the gateway and one by the linker, a probe and a write. */
const FILES_PER_BATCH = 100
const BYTES_PER_BATCH = 2 * GIB
/** CKAN validates the whole dataset. */
const TIMEOUT_MS = 300_000

/** Moves the files of a dataset in batches. Returns whether all have moved. */
export async function moveDataset(found: ShownDataset, mover: Mover): Promise<boolean> {
  const { choice, work } = mover
  const batches = batchesOf(chooseFiles(found, choice).files)
  const moved: number[] = []
  let wanted = 0
  for (const ids of batches) {
    // The search index is late, and a large dataset takes long.
    const dataset = await mover.portal.show(found.id)
    const files = chooseFiles(dataset, choice).files.filter(({ resource }) => ids.has(resource.id))
    wanted += files.length
    if (files.length > 0) moved.push(...(await moveBatch(dataset, files, mover)))
  }
  const bytes = moved.reduce((sum, size) => sum + size, 0)
  if (moved.length > 0)
    work.printer.result(
      { dataset: found.name, files: moved.length, bytes },
      `${found.name}  ${moved.length} files  ${toBytesText(bytes)}`,
    )
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
  const { staging, portal, work, onMoved, onFailure } = mover

  function fail({ resource, name }: ChosenFile, thrown: unknown): undefined {
    work.signal.throwIfAborted()
    const fields = { dataset: dataset.name, resource: resource.id, file: name, reason: messageOf(thrown) }
    onFailure(fields, `${dataset.name}  ${name}  resource ${resource.id}`)
  }

  return staging.withFolder(async (folder) => {
    const staged = await settle(files, (file) => staging.limitDownloads(() => stageFile(file, folder, portal)), fail)
    if (staged.length === 0) return []
    const uploads = await askForUploads(dataset, staged, mover)
    const sent = await settle(
      staged,
      async (file) => ({ file, sent: await sendFile(dataset, file, uploads.get(file), mover) }),
      (file, thrown) => fail(file.file, thrown),
    )
    const fileOf = new Map(sent.map(({ file, sent: note }) => [note.upload, file]))
    const moved: number[] = []
    const { timeout } = mover.command
    const waiting = {
      goal: 'linked',
      timeout,
      until: Date.now() + timeout * 1000,
      isTable: () => false,
      onEnd: () => {},
    } as const
    for await (const { sent: note, state, thrown } of waitForFiles(
      sent.map((one) => one.sent),
      waiting,
      work,
    )) {
      const file = fileOf.get(note.upload)
      if (file === undefined) continue
      if (state === undefined) fail(file.file, thrown)
      else {
        moved.push(file.bytes)
        onMoved(file.bytes)
      }
    }
    return moved
  })
}

/** Runs the task for each item. Returns the results of the tasks that succeed. */
async function settle<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
  onFailure: (item: T, thrown: unknown) => void,
): Promise<readonly R[]> {
  const results = await Promise.allSettled(items.map(run))
  return results.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [result.value]
    onFailure(items[index] as T, result.reason)
    return []
  })
}

type Placed = IssuedUpload | { readonly refusal: string }

/** CKAN must show what it showed before the files were read: `replaces` says that to the gateway and the linker. */
async function askForUploads(
  { id }: ShownDataset,
  staged: readonly StagedFile[],
  { work: { uplink, signal } }: Mover,
): Promise<ReadonlyMap<StagedFile, Placed>> {
  interface Answer {
    readonly files: readonly {
      readonly upload?: IssuedUpload
      readonly error?: Readonly<Record<string, readonly string[]>>
    }[]
  }
  const files = staged.map(({ file, bytes, hash }) => ({
    name: file.name,
    resource: file.resource.id,
    size: bytes,
    hash,
    replaces: replacedBy(file),
  }))
  const params = { id, request: randomUUID(), files }
  const answer = await uplink.action<Answer>('dataset_upload', params, { signal, timeoutMs: TIMEOUT_MS })
  return new Map(
    staged.map((file, index) => {
      const { upload, error = {} } = answer.files[index] ?? {}
      const refusal = Object.values(error).flat().join(', ')
      return [file, upload ?? { refusal }]
    }),
  )
}

function replacedBy({ resource: { url, last_modified = null } }: ChosenFile) {
  return { url: url ?? '', last_modified }
}

async function sendFile(
  { id: dataset }: ShownDataset,
  { file, path, hash }: StagedFile,
  placed: Placed | undefined,
  { command, staging, work: { uplink, signal } }: Mover,
): Promise<SentFile> {
  if (placed === undefined || 'refusal' in placed) throw new Error(`The gateway refused it: ${placed?.refusal}`)
  const { resource, name } = file
  let [upload, key] = [placed.id, placed.status_key]
  await uplink.upload(await openAsBlob(path), {
    issued: { resource: resource.id, upload: placed },
    name,
    checksum: hash,
    replaces: replacedBy(file),
    gate: staging.gate,
    signal,
    async onBegin(begun) {
      upload = begun.id
      key = begun.statusKey
      const before = fileFieldsOf(resource)
      await addToJournal(command.journal, {
        at: new Date().toISOString(),
        dataset,
        resource: resource.id,
        upload,
        before,
      })
    },
  })
  return { index: 0, upload, key, resource: resource.id, isNew: false, isOver: false }
}
