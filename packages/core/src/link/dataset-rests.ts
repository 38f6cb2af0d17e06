import type { Clock } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import { createRecentMap } from '../support/recent-map.ts'
import { MINUTE_MS } from '../support/units.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'
import type { Result } from './result.ts'
import type { Upload } from './upload.ts'

const MAX_DATASETS = 10_000
const MAX_REQUESTS = 1_000
/** Beyond them, the messages that waited first are handled by themselves. */
const MAX_FILES = 10_000
/** Up to so many writes in a minute, nothing rests. Each further write makes rests a second longer. */
const FREE_WRITES = 60
const LONGEST_SECONDS = 60
/** The files of a request wait a second for so many of them: CKAN's write takes longer for more files, too. */
const FILES_IN_A_SECOND = 30
const LONGEST_GATHERING_SECONDS = 20
/** A batch that has not ended until then is taken for stopped: AWS stops it after seven minutes. */
const LONGEST_BATCH_MS = 10 * MINUTE_MS

/**
 * Which datasets rest after the linker wrote them, and which files wait meanwhile, in the memory of this process. The
 * messages of a resting dataset wait in the queue, and the next write takes their files along. Nothing rests until the
 * linker writes more than a dataset a second. From there on, the more it writes, the longer each dataset rests.
 */
export interface DatasetRests {
  /** Whole seconds until the dataset may be written again; 0: now. */
  secondsLeft(datasetId: string): number
  /** The linker has written the dataset. */
  noteWrite(datasetId: string): void
  /** A message of this object has come. Returns whether all files of its request have arrived at this process. */
  noteArrived(datasetId: string, key: string, request: NonNullable<UploadRecord['together']>): boolean
  /** The message of this object waits until the dataset may be written. */
  noteWaiting(datasetId: string, key: string): void
  /** The keys of objects whose messages wait, at most so many. A batch now links them, and then forgets the others. */
  takeWaiting(datasetId: string, most: number): readonly string[]
  /** The batch has linked this object, while its message still waits. */
  noteLinked(key: string): void
  /** What other batches of this process do with the object of a message. */
  stateOf(key: string): Note['state'] | undefined
  forget(key: string): void
}

type Note =
  | { readonly state: 'waiting'; readonly datasetId: string }
  | { readonly state: 'linking'; readonly since: number }
  | { readonly state: 'linked' }

/** `restAfter`: the seconds of a rest, for the number of writes in the last minute. */
export function createDatasetRests(clock: Pick<Clock, 'now'>, restAfter = restAfterWrites): DatasetRests {
  const ends = createRecentMap<number>(MAX_DATASETS)
  const notes = createRecentMap<Note>(MAX_FILES)
  const arrived = createRecentMap<true>(MAX_FILES)
  const counts = createRecentMap<number>(MAX_REQUESTS)
  let writes: number[] = []
  const now = (): number => clock.now().getTime()
  return {
    secondsLeft: (datasetId) => Math.max(0, Math.ceil(((ends.get(datasetId) ?? 0) - now()) / 1000)),
    noteWrite(datasetId) {
      const time = now()
      writes = [...writes.filter((write) => time - write < MINUTE_MS), time]
      const seconds = restAfter(writes.length)
      if (seconds > 0) ends.set(datasetId, time + seconds * 1000)
    },
    noteArrived(datasetId, key, { request, files }) {
      const name = `${datasetId} ${request}`
      const count = (counts.get(name) ?? 0) + (arrived.get(key) ? 0 : 1)
      arrived.set(key, true)
      counts.set(name, count)
      return count >= files
    },
    noteWaiting: (datasetId, key) => notes.set(key, { state: 'waiting', datasetId }),
    takeWaiting(datasetId, most) {
      const keys: string[] = []
      notes.removeWhere(
        (key, note) =>
          note.state === 'waiting' && note.datasetId === datasetId && keys.length < most && keys.push(key) > 0,
      )
      for (const key of keys) notes.set(key, { state: 'linking', since: now() })
      return keys
    },
    noteLinked: (key) => notes.set(key, { state: 'linked' }),
    stateOf(key) {
      const note = notes.get(key)
      return note?.state === 'linking' && now() - note.since > LONGEST_BATCH_MS ? undefined : note?.state
    },
    forget: (key) => void notes.delete(key),
  }
}

function restAfterWrites(count: number): number {
  return Math.min(LONGEST_SECONDS, count - FREE_WRITES)
}

/**
 * The result for uploads whose dataset rests, or that wait for others of their request. A message waits once at most,
 * so that other writers of the dataset cannot delay it again. `undefined` when the linker may write now, and when one
 * of the uploads cannot wait.
 */
export function restOf(
  { settings, rests }: { readonly settings: Settings; readonly rests?: DatasetRests | undefined },
  datasetId: string,
  uploads: readonly Upload[],
): Result | undefined {
  if (rests === undefined) return undefined
  const gathering = secondsToGather(settings, rests, datasetId, uploads)
  if (uploads.some(({ mayWait, attempt }) => !mayWait || attempt > 1)) return undefined
  const resting = rests.secondsLeft(datasetId)
  if (gathering === 0 && resting === 0) return undefined
  for (const { key } of uploads) rests.noteWaiting(datasetId, key)
  return { kind: 'retry', afterSeconds: Math.max(gathering, resting), cause: resting > 0 ? RESTING : GATHERING }
}

/** 0 if a file among these was asked for by itself, or completes its request. */
function secondsToGather(
  { scanner }: Settings,
  rests: DatasetRests,
  datasetId: string,
  uploads: readonly Upload[],
): number {
  const waits = uploads.map(({ key, isScanned, stored: { record } }) => {
    // A scanner has to look at the file first: this message only lets it begin.
    if (record.together === undefined || (scanner !== undefined && !isScanned)) return 0
    const isComplete = rests.noteArrived(datasetId, key, record.together)
    return isComplete ? 0 : Math.min(LONGEST_GATHERING_SECONDS, Math.ceil(record.together.files / FILES_IN_A_SECOND))
  })
  return waits.includes(0) ? 0 : Math.max(...waits)
}

const RESTING = new Error(
  'Many datasets were written in the last minute, this one too: its next files wait and are linked together.',
)
const GATHERING = new Error('The file waits for others of its request, which are linked together.')
