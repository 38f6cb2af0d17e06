import { logOutcome } from '../notifications/log-outcome.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import { createLimiter } from '../support/limiter.ts'
import { nextWriteSize } from '../support/write-size.ts'
import { parseKey } from '../uploads/keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { type DatasetRests, restOf } from './dataset-rests.ts'
import type { DatasetLinker } from './dataset-run.ts'
import { type Finisher, finishUpload } from './finish-upload.ts'
import { linkDataset } from './link-dataset.ts'
import { readUpload } from './read-upload.ts'
import { ignored, outcomeOf, type Result, resourceIsGone, resultOfError } from './result.ts'
import type { Upload } from './upload.ts'

/** The first write of a dataset. After it, the pace of CKAN decides. */
const MOST_TAKEN_BY_FIRST_WRITE = 200
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
        if (await isTaken(linker, upload)) return results.set(upload, TAKEN)
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
  const wait = restOf(linker.rests, datasetId, uploads)
  if (wait) return new Map(uploads.map((upload) => [upload, wait]))
  const own = new Set(uploads.map(({ key }) => key))
  const results = new Map<Upload, Result>()
  let [open, most, hasWritten] = [uploads, MOST_TAKEN_BY_FIRST_WRITE, true]
  while (hasWritten) {
    const keys = linker.rests?.takeWaiting(datasetId, Math.min(most, room.left)) ?? []
    room.left -= keys.length
    const waiting = await readWaiting(
      linker,
      datasetId,
      keys.filter((key) => !own.has(key)),
    )
    const group = [...open, ...waiting]
    if (group.length === 0) break
    const beganAt = linker.clock.now().getTime()
    const part = await linkDataset(linker, datasetId, group)
    for (const [upload, result] of part) results.set(upload, result)
    hasWritten = [...part.values()].some((result) => result.kind === 'linked' && result.written)
    if (hasWritten) linker.rests?.noteWrite(datasetId)
    await Promise.all(waiting.map((upload) => finishWaiting(linker, upload, part.get(upload))))
    most = nextWriteSize(group.length, linker.clock.now().getTime() - beganAt)
    open = []
  }
  return results
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
  return { bucket: settings.bucket, key, kind: 'created' }
}

/** Every other result is left to the message of the upload, which is still in the queue. */
async function finishWaiting(linker: DatasetsLinker, upload: Upload, result: Result | undefined): Promise<void> {
  if (result?.kind !== 'linked') return
  const finished = await linker.limitStore(() => finishUpload(linker, upload, result)).catch(resultOfError)
  if (finished !== result) return
  linker.rests?.noteTaken(upload.key)
  const event = eventOf(linker, upload.key)
  logOutcome(linker, event, outcomeOf(event, result))
}

/**
 * Whether a write of this process has taken the file along while its message waited, and the object is still the same.
 * Then the message needs no call of CKAN.
 */
async function isTaken({ rests, store, limitStore }: DatasetsLinker, { key, stored }: Upload): Promise<boolean> {
  if (!rests?.forgetTaken(key)) return false
  const { state, linked } = stored.record
  const object = await limitStore(() => store.head(key))
  return state === 'linked' && object !== undefined && (await versionOf(object.etag)) === linked?.version
}

const TAKEN = ignored('The file was linked together with others of its dataset, while this message waited.')
