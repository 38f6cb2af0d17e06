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
  /** How many seconds a file of a request of so many waits for the others. */
  readonly gatherFor: WaitTimes['gatherFor']
  /** A message of this object has come. Returns whether all files of its request have arrived at this process. */
  noteArrived(datasetId: string, key: string, request: NonNullable<UploadRecord['together']>): boolean
  /** The message of this object waits until the dataset may be written. */
  noteWaiting(datasetId: string, key: string): void
  /** The keys of objects whose messages wait, at most so many. A batch now links them, and then forgets the others. */
  takeWaiting(datasetId: string, most: number): readonly string[]
  /** Whether another batch of this process links the object of a message now. */
  isBeingLinked(key: string): boolean
  /** The batch has linked this object, while its message still waits. */
  noteLinked(key: string, etag: string): void
  /**
   * Whether a batch has linked the object with this ETag while its message waited. Answers `true` once, and only within
   * a minute: later, another linker may have linked other content of the same upload in between.
   */
  takeLinked(key: string, etag: string): boolean
  forget(key: string): void
}

type Note =
  | { readonly state: 'waiting'; readonly datasetId: string }
  | { readonly state: 'linking'; readonly since: number }
  | { readonly state: 'linked'; readonly since: number; readonly etag: string }

/** The times of waits in whole seconds. Only simulations use others. */
interface WaitTimes {
  /** How long a dataset rests, for the number of writes in the last minute. */
  readonly restAfter: (writes: number) => number
  /** How long the files of a request wait for each other. */
  readonly gatherFor: (files: number) => number
}

export function createDatasetRests(clock: Pick<Clock, 'now'>, times: WaitTimes = WAIT_TIMES): DatasetRests {
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
      const seconds = times.restAfter(writes.length)
      if (seconds > 0) ends.set(datasetId, time + seconds * 1000)
    },
    gatherFor: times.gatherFor,
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
    isBeingLinked(key) {
      const note = notes.get(key)
      return note?.state === 'linking' && now() - note.since <= LONGEST_BATCH_MS
    },
    noteLinked(key, etag) {
      const note = notes.get(key)
      if (note?.state === 'linking') notes.set(key, { state: 'linked', since: note.since, etag })
    },
    takeLinked(key, etag) {
      const note = notes.get(key)
      if (note?.state !== 'linked' || note.etag !== etag) return false
      notes.delete(key)
      return now() - note.since < MINUTE_MS
    },
    forget: (key) => void notes.delete(key),
  }
}

const WAIT_TIMES: WaitTimes = {
  restAfter: (writes) => Math.min(LONGEST_SECONDS, writes - FREE_WRITES),
  gatherFor: (files) => Math.min(LONGEST_GATHERING_SECONDS, Math.ceil(files / FILES_IN_A_SECOND)),
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
    return isComplete ? 0 : rests.gatherFor(record.together.files)
  })
  return waits.includes(0) ? 0 : Math.max(...waits)
}

const RESTING = new Error(
  'Many datasets were written in the last minute, this one too: its next files wait and are linked together.',
)
const GATHERING = new Error('The file waits for others of its request, which are linked together.')
