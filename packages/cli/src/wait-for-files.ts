import { setTimeout as sleep } from 'node:timers/promises'
import { UplinkError } from '@ckan-uplink/client'
import { createLimiter } from '@ckan-uplink/core/support'
import type { SentFile } from './kept-requests.ts'
import { showStates } from './upload-states.ts'
import type { Work } from './work.ts'

export interface Waiting {
  readonly goal: 'linked' | 'loaded'
  /** In seconds, for all files together. */
  readonly timeout: number
  /** The time in milliseconds when it ends. */
  readonly until: number
  /** Whether a loader may make a table of the file. Other files are done when they are linked. */
  isTable(file: SentFile): boolean
  /** Called for each file whose wait has ended. */
  readonly onEnd: () => void
}

/** A file that reached the goal, or why it did not. */
export type WaitedFile = { readonly sent: SentFile } & Outcome

/** What waiting needs of the command. */
type Asking = Pick<Work, 'gateway' | 'uplink' | 'signal'>

type Outcome =
  | { readonly state: 'linked' | 'loaded'; readonly thrown?: never }
  | { readonly thrown: unknown; readonly state?: never }

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 3000
/** A look begins with so many files, and asks about twice as many more each time that one of them has ended. */
const FIRST_ASKED = 20
/** The file is on its way, or a virus scanner has to look at it first. */
const PENDING: readonly string[] = ['issued', 'scanning']
/** Calls of CKAN at the same time, for the looks that need it. */
const CALLS_AT_ONCE = 8

/**
 * Waits for many uploads at once, and returns their outcomes in the order of the uploads. A look asks the gateway
 * for many in one request. Only failures, tables to be loaded, and uploads without a status key cost calls of CKAN.
 */
export async function* waitForFiles(
  files: readonly SentFile[],
  waiting: Waiting,
  work: Asking,
): AsyncGenerator<WaitedFile, void> {
  const outcomes = new Map<string, Promise<Outcome>>()
  const findStates = createLook(work)
  const end = createEnding(waiting, work)

  /** Notes the outcomes of these files, and returns the files that have none yet. */
  async function ask(asked: readonly SentFile[], isLast: boolean): Promise<readonly SentFile[]> {
    const states = await findStates(asked)
    for (const file of asked) {
      const state = states.get(file.upload) ?? 'issued'
      if (!PENDING.includes(state)) outcomes.set(file.upload, end(file, state))
      else if (isLast) outcomes.set(file.upload, Promise.resolve({ thrown: timedOut(file, waiting, state) }))
    }
    return asked.filter(({ upload }) => !outcomes.has(upload))
  }

  let pending = files
  /** Files are linked together. While none of a few is, most others are not: the next look begins with those. */
  async function look(isLast: boolean): Promise<void> {
    const still: SentFile[] = []
    let [rest, hasEnded] = [pending, true]
    for (let most = isLast ? rest.length : FIRST_ASKED; rest.length > 0 && hasEnded; most *= 2) {
      const asked = rest.slice(0, most)
      const open = await ask(asked, isLast)
      hasEnded = open.length < asked.length
      still.push(...open)
      rest = rest.slice(most)
    }
    pending = [...rest, ...still]
  }

  let pauseMs = FIRST_PAUSE_MS
  for (const sent of files) {
    while (!outcomes.has(sent.upload)) {
      await look(Date.now() + pauseMs > waiting.until)
      if (!outcomes.has(sent.upload)) await pause(pauseMs, work.signal)
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
    }
    const outcome = await outcomes.get(sent.upload)
    work.signal.throwIfAborted()
    if (outcome !== undefined) yield { sent, ...outcome }
  }
}

/** A look at uploads. It asks CKAN only for uploads whose state the gateway does not tell without it. */
function createLook(work: Asking): (files: readonly SentFile[]) => Promise<ReadonlyMap<string, string>> {
  const limit = createLimiter(CALLS_AT_ONCE)
  return async (files) => {
    const states = await showStates(work, files)
    const unknown = files.filter(({ upload }) => !states.has(upload))
    const shown = unknown.map(({ upload }) => limit(async () => [upload, await showState(upload, work)] as const))
    return new Map([...states, ...(await Promise.all(shown))])
  }
}

/**
 * Without an answer, an upload counts as `issued` until the next look. An upload that cannot be shown stops no other.
 */
async function showState(upload: string, { uplink, signal }: Asking): Promise<string> {
  try {
    return (await uplink.show(upload)).state
  } catch (thrown) {
    signal.throwIfAborted()
    return thrown instanceof UplinkError && thrown.retryable ? 'issued' : 'unknown'
  }
}

/** Takes the last step for an upload that is linked or has failed. The client has the words for a failure. */
function createEnding(
  waiting: Waiting,
  { uplink, signal }: Asking,
): (file: SentFile, state: string) => Promise<Outcome> {
  const { goal, until, onEnd, isTable } = waiting
  const limit = createLimiter(CALLS_AT_ONCE)
  async function wait(file: SentFile, state: string): Promise<Outcome> {
    if (state === 'loaded') return { state }
    if (state === 'linked' && (goal === 'linked' || !isTable(file))) return { state }
    try {
      const timeoutMs = Math.max(0, until - Date.now())
      const shown = await uplink.waitFor(file.upload, goal, { timeoutMs, signal })
      return { state: shown.state === 'loaded' ? 'loaded' : 'linked' }
    } catch (thrown) {
      return { thrown }
    }
  }
  return (file, state) => limit(() => wait(file, state)).finally(onEnd)
}

function timedOut({ upload }: SentFile, { goal, timeout }: Waiting, state: string): UplinkError {
  const progress = state === 'scanning' ? ': a virus scanner has not looked at its file yet' : ''
  return new UplinkError('timed_out', `Upload ${upload} is not ${goal} after ${timeout} s${progress}.`, true)
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted())
}
