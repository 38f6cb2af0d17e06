import { randomUUID } from 'node:crypto'
import type { IssuedUpload } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { GIB } from '@ckan-uplink/core/support'
import { toBytesText } from '../bytes-text.ts'
import { type ChosenFile, chooseFiles } from './choose-files.ts'
import { fileFieldsOf } from './journal.ts'
import type { Mover } from './mover.ts'
import { type Fail, replacedBy, type SentStaged, sendStaged, settle, waitUntilLinked } from './send-staged.ts'
import type { ShownDataset } from './shown.ts'
import { type StagedFile, stageFile } from './stage-file.ts'

/** A batch costs CKAN two reads by the command line, one by the gateway and one by the linker, a probe and a write. */
const FILES_PER_BATCH = 100
const BYTES_PER_BATCH = 2 * GIB
/** CKAN validates the whole dataset. */
const TIMEOUT_MS = 300_000

/** Moves the files of a dataset in batches. Returns whether all have moved. */
export async function moveDataset(found: ShownDataset, mover: Mover): Promise<boolean> {
  const { choice, onDone } = mover
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
    onDone(
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
  const { staging, portal, work, onFailure } = mover

  const fail: Fail = ({ resource, name }, thrown) => {
    work.signal.throwIfAborted()
    const fields = { dataset: dataset.name, resource: resource.id, file: name, reason: messageOf(thrown) }
    onFailure(fields, `${dataset.name}  ${name}  resource ${resource.id}`)
  }

  return staging.withFolder(async (folder) => {
    const staged = await settle(files, (file) => staging.limitDownloads(() => stageFile(file, folder, portal)), fail)
    if (staged.length === 0) return []
    const uploads = await askForUploads(dataset, staged, mover)
    const send = (file: StagedFile) => sendToUpload(dataset, file, uploads.get(file), mover)
    const sent = await settle(staged, send, ({ file }, thrown) => fail(file, thrown))
    return waitUntilLinked(sent, mover, fail)
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

async function sendToUpload(
  { id: dataset }: ShownDataset,
  staged: StagedFile,
  placed: Placed | undefined,
  mover: Mover,
): Promise<SentStaged> {
  if (placed === undefined || 'refusal' in placed) throw new Error(`The gateway refused it: ${placed?.refusal}`)
  return sendStaged(staged, placed, { dataset, before: fileFieldsOf(staged.file.resource) }, mover)
}
