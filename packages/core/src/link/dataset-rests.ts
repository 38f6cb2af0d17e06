import type { Clock } from '../ports/index.ts'
import { createRecentMap } from '../support/recent-map.ts'
import { MINUTE_MS } from '../support/units.ts'
import type { UploadRecord } from '../uploads/upload-record.ts'
import type { Result } from './result.ts'
import type { Upload } from './upload.ts'

const MAX_DATASETS = 10_000
const MAX_REQUESTS = 1_000
/** Beyond them, the messages that waited first are handled by themselves. */
const MAX_WAITING = 10_000
/** Up to so many writes in a minute, nothing rests. Each further write makes rests a second longer. */
const FREE_WRITES = 60
const LONGEST_SECONDS = 60
/** The files of a request wait a second for so many of them: CKAN's write takes longer for more files, too. */
const FILES_IN_A_SECOND = 30
const LONGEST_GATHERING_SECONDS = 20

/**
 * How long datasets rest after the linker wrote them, in the memory of this process. Messages of a resting dataset wait
 * in the queue, and the next write takes their files along. Nothing rests until the linker writes more than a dataset a
 * second. From there on, the more it writes, the longer each dataset rests.
 */
export interface DatasetRests {
  /** Whole seconds until the dataset may be written again; 0: now. */
  secondsLeft(datasetId: string): number
  /** The linker has written the dataset. */
  noteWrite(datasetId: string): void
  /** The message of this object waits until the dataset's rest ends. */
  noteWaiting(datasetId: string, key: string): void
  /** A first message of this request has come. Returns whether the files of the request have all arrived. */
  noteArrived(datasetId: string, request: NonNullable<UploadRecord['together']>): boolean
  /** The keys of objects whose messages wait, at most so many. They are forgotten, because the caller links them. */
  takeWaiting(datasetId: string, most: number): readonly string[]
  /** A write has taken this object along, while its message waits. */
  noteTaken(key: string): void
  /** Whether a write has taken this object along. `true` once only, for the one message that waited. */
  forgetTaken(key: string): boolean
}

/** `restAfter`: the seconds of a rest, for the number of writes in the last minute. */
export function createDatasetRests(clock: Pick<Clock, 'now'>, restAfter = restAfterWrites): DatasetRests {
  const ends = createRecentMap<number>(MAX_DATASETS)
  const waiting = createRecentMap<string>(MAX_WAITING)
  const taken = createRecentMap<true>(MAX_WAITING)
  const arrived = createRecentMap<number>(MAX_REQUESTS)
  let writes: number[] = []
  return {
    secondsLeft: (datasetId) => Math.max(0, Math.ceil(((ends.get(datasetId) ?? 0) - clock.now().getTime()) / 1000)),
    noteWrite(datasetId) {
      const now = clock.now().getTime()
      writes = [...writes.filter((time) => now - time < MINUTE_MS), now]
      const seconds = restAfter(writes.length)
      if (seconds > 0) ends.set(datasetId, now + seconds * 1000)
    },
    noteWaiting: (datasetId, key) => waiting.set(key, datasetId),
    noteArrived(datasetId, { request, files }) {
      const key = `${datasetId} ${request}`
      const count = (arrived.get(key) ?? 0) + 1
      arrived.set(key, count)
      return count >= files
    },
    takeWaiting(datasetId, most) {
      const keys: string[] = []
      waiting.removeWhere((key, place) => place === datasetId && keys.length < most && keys.push(key) > 0)
      return keys
    },
    noteTaken: (key) => taken.set(key, true),
    forgetTaken: (key) => taken.delete(key),
  }
}

function restAfterWrites(count: number): number {
  return Math.min(LONGEST_SECONDS, count - FREE_WRITES)
}

/**
 * The result for uploads whose dataset rests. A message waits once at most, so that other writers of the dataset cannot
 * delay it again. `undefined` when the linker may write now, and when one of the uploads cannot wait.
 */
export function restOf(
  rests: DatasetRests | undefined,
  datasetId: string,
  uploads: readonly Upload[],
): Result | undefined {
  if (rests === undefined || uploads.some(({ mayWait, attempt }) => !mayWait || attempt > 1)) return undefined
  const gathering = secondsToGather(rests, datasetId, uploads)
  const resting = rests.secondsLeft(datasetId)
  if (gathering === 0 && resting === 0) return undefined
  for (const { key } of uploads) rests.noteWaiting(datasetId, key)
  return { kind: 'retry', afterSeconds: Math.max(gathering, resting), cause: resting > 0 ? RESTING : GATHERING }
}

/** 0 if a file among these came by itself, or is the last one of its request. */
function secondsToGather(rests: DatasetRests, datasetId: string, uploads: readonly Upload[]): number {
  const requests = uploads.map(({ stored }) => stored.record.together)
  const areComplete = requests.map((request) => request === undefined || rests.noteArrived(datasetId, request))
  if (areComplete.includes(true)) return 0
  const files = Math.max(...requests.map((request) => request?.files ?? 0))
  return Math.min(LONGEST_GATHERING_SECONDS, Math.ceil(files / FILES_IN_A_SECOND))
}

const RESTING = new Error(
  'Many datasets were written in the last minute, this one too: its next files wait and are linked together.',
)
const GATHERING = new Error('The file waits for others of its request, which are linked together.')
