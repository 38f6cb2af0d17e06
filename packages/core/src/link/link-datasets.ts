import { logOutcome } from '../notifications/log-outcome.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import { createLimiter } from '../support/limiter.ts'
import { nextWriteSize } from '../support/write-size.ts'
import { parseKey } from '../uploads/keys.ts'
import { type DatasetRests, restOf } from './dataset-rests.ts'
import type { DatasetLinker } from './dataset-run.ts'
import { type Finisher, finishUpload } from './finish-upload.ts'
import { linkDataset } from './link-dataset.ts'
import { readUpload } from './read-upload.ts'
import { outcomeOf, type Result, resourceIsGone, resultOfError } from './result.ts'
import type { Upload } from './upload.ts'

/** By the first write of a dataset. After it, the pace of CKAN decides. */
const FIRST_TAKEN = 200
/** An invocation of the platform ends after a while. The other files are linked by their own messages. */
const MOST_TAKEN_BY_A_BATCH = 1_000

type DatasetsLinker = DatasetLinker & Finisher & { readonly rests?: DatasetRests | undefined }

/** How many more files of waiting messages the batch may take along. */
interface Room {
  left: number
}

/** Links uploads of resources, grouped by dataset. Returns a result for every upload; never throws. */
export async function linkDatasets(
  linker: DatasetsLinker,
  uploads: readonly Upload[],
): Promise<ReadonlyMap<Upload, Result>> {
  // Twice as many datasets as concurrent calls to CKAN: while one dataset inspects its objects, another calls CKAN.
  const limitDatasets = createLimiter(2 * linker.settings.ckanConcurrency)
  const results = new Map<Upload, Result>()
  const datasets = new Map<string, Upload[]>()
  await Promise.all(
    uploads.map(async (upload) => {
      try {
        const datasetId =
          upload.stored.record.entity.dataset_id ?? (await linker.catalog.findDataset(upload.parsed.resourceId))
        if (datasetId === undefined) return results.set(upload, resourceIsGone(upload.parsed.resourceId))
        return datasets.set(datasetId, [...(datasets.get(datasetId) ?? []), upload])
      } catch (error) {
        return results.set(upload, resultOfError(error))
      }
    }),
  )
  const room: Room = { left: MOST_TAKEN_BY_A_BATCH }
  const linked = [...datasets].map(([datasetId, group]) =>
    limitDatasets(() => linkOrWait(linker, room, datasetId, group)),
  )
  for (const part of await Promise.all(linked)) for (const [upload, result] of part) results.set(upload, result)
  return results
}

async function linkOrWait(
  linker: DatasetsLinker,
  room: Room,
  datasetId: string,
  uploads: readonly Upload[],
): Promise<ReadonlyMap<Upload, Result>> {
  const { rests } = linker
  const isBeingLinked = ({ key, mayWait }: Upload): boolean => mayWait && rests?.isBeingLinked(key) === true
  const results = new Map<Upload, Result>(uploads.filter(isBeingLinked).map((upload) => [upload, BEING_LINKED]))
  const own = uploads.filter((upload) => !results.has(upload))
  if (own.length === 0) return results
  const wait = restOf(linker, datasetId, own)
  if (wait) return new Map([...results, ...own.map((upload) => [upload, wait] as const)])
  for (const { key } of own) rests?.forget(key)
  let most: number | undefined = FIRST_TAKEN
  for (let open = own; most !== undefined; open = []) {
    const wanted = Math.min(most, room.left)
    const keys: readonly string[] = rests?.takeWaiting(datasetId, wanted) ?? []
    room.left -= keys.length
    if (open.length + keys.length === 0) break
    most = await linkTogether(linker, datasetId, { open, keys, results })
    for (const key of keys) if (rests?.isBeingLinked(key)) rests.forget(key)
    // Files that have arrived during this write wait for the next batch.
    if (keys.length < wanted) break
  }
  return results
}

/** One write. Returns how many files the next one may have, or `undefined` if CKAN took none of these. Never throws. */
async function linkTogether(
  linker: DatasetsLinker,
  datasetId: string,
  turn: { readonly open: readonly Upload[]; readonly keys: readonly string[]; readonly results: Map<Upload, Result> },
): Promise<number | undefined> {
  const waiting = await readWaiting(linker, datasetId, turn.keys)
  const group = [...turn.open, ...waiting]
  const beganAt = linker.clock.now().getTime()
  const linked = await linkDataset(linker, datasetId, group)
  const milliseconds = linker.clock.now().getTime() - beganAt
  for (const [upload, result] of linked) turn.results.set(upload, result)
  const hasWritten = [...linked.values()].some((result) => result.kind === 'linked' && result.written)
  if (hasWritten) linker.rests?.noteWrite(datasetId)
  await Promise.all(waiting.map((upload) => finishWaiting(linker, upload, linked.get(upload))))
  return hasWritten || group.length === 0 ? nextWriteSize(FIRST_TAKEN, group.length, milliseconds) : undefined
}

/** The uploads of the dataset whose messages wait in the queue. An unreadable one comes by its message. */
async function readWaiting(
  linker: DatasetsLinker,
  datasetId: string,
  keys: readonly string[],
): Promise<readonly Upload[]> {
  const read = async (key: string): Promise<readonly Upload[]> => {
    const parsed = parseKey(linker.settings.keyPrefix, key)
    if (parsed?.kind !== 'resource') return []
    const { upload } = await readUpload(linker, eventOf(linker, key), parsed)
    const isOpen = upload?.stored.record.state === 'issued' && upload.stored.record.held === undefined
    return isOpen && upload.stored.record.entity.dataset_id === datasetId ? [upload] : []
  }
  return (await Promise.all(keys.map((key) => read(key).catch(() => [])))).flat()
}

function eventOf({ settings }: DatasetsLinker, key: string): ObjectEvent {
  return { bucket: settings.bucket, key, kind: 'created', mayWait: true }
}

/** Every other result is left to the message of the upload, which is still in the queue. */
async function finishWaiting(linker: DatasetsLinker, upload: Upload, result: Result | undefined): Promise<void> {
  if (result?.kind !== 'linked') return
  const finished = await linker.limitStore(() => finishUpload(linker, upload, result)).catch(resultOfError)
  if (finished !== result) return
  linker.rests?.noteLinked(upload.key, result.candidate.object.etag)
  const event = eventOf(linker, upload.key)
  logOutcome(linker, event, outcomeOf(event, result))
}

const BEING_LINKED: Result = {
  kind: 'retry',
  afterSeconds: 20,
  cause: new Error('The file is being linked together with others of its dataset.'),
}
