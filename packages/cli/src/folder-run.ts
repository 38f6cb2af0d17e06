import { UplinkError } from '@ckan-uplink/client'
import { identify, isTabular } from '@ckan-uplink/core/uploads'
import type { FolderProgress } from './folder-progress.ts'
import { type IssuedFile, type Issuing, issueFiles } from './issue-files.ts'
import type { KeptRequest, SentFile } from './kept-requests.ts'
import type { LocalFile } from './local-files.ts'
import { sendFiles } from './send-files.ts'
import { reportFailure, reportRefusal, reportResult, shownIn } from './upload-file.ts'
import { type WaitedFile, waitForFiles } from './wait-for-files.ts'

export type Folder = Omit<Issuing, 'onRefused' | 'onFound'>

/** Sends all files, then waits for all. Prints the results, and returns the number of failures. */
export async function runFolder(folder: Folder, progress: FolderProgress): Promise<number> {
  try {
    const { failures, unfinished, broken } = await sendFolder(folder, progress)
    const failed = await settleFolder(folder, unfinished, progress)
    if (broken !== undefined) throw broken.thrown
    return failures + failed
  } finally {
    progress.clear()
  }
}

interface Sent {
  readonly failures: number
  /** The names of the requests with files that were not sent. The same command sends them again. */
  readonly unfinished: ReadonlySet<string>
  /** Why the last files have no upload. The files before it are sent all the same. */
  readonly broken?: { readonly thrown: unknown }
}

async function sendFolder(folder: Folder, progress: FolderProgress): Promise<Sent> {
  const { command, work, requests } = folder
  const unfinished = new Set<string>()
  let failures = 0

  function refuse(file: LocalFile, reason: string): void {
    failures += 1
    progress.clear()
    progress.end(file.path, file.size)
    reportRefusal(file, reason, work.printer)
  }

  function fail({ file, name, upload, resource, isNew }: IssuedFile, thrown: unknown): void {
    failures += 1
    unfinished.add(name)
    progress.clear()
    reportFailure(file, { upload: upload.id, resource: isNew ? resource : undefined, thrown }, work.printer)
  }

  const files = issueFiles({
    ...folder,
    onRefused: refuse,
    onFound: (file) => progress.end(file.path, file.size),
  })
  try {
    await sendFiles(files, {
      requests,
      command,
      work,
      onProgress: ({ file }, sent) => progress.sent(file.path, { name: file.pathInFolder, sent, size: file.size }),
      onEnd(issued, failure) {
        progress.end(issued.file.path, issued.file.size)
        if (failure !== undefined) fail(issued, failure.thrown)
      },
    })
  } catch (thrown) {
    work.signal.throwIfAborted()
    return { failures, unfinished, broken: { thrown } }
  }
  return { failures, unfinished }
}

/** Waits for the files of all requests, those of an interrupted command too. Returns the number of failures. */
async function settleFolder(
  folder: Folder,
  unfinished: ReadonlySet<string>,
  progress: FolderProgress,
): Promise<number> {
  const { requests, command, files } = folder
  const until = Date.now() + command.timeout * 1000
  let [failures, waited] = [0, 0]
  const onEnd = () => {
    waited += 1
    progress.waited(waited, files.count)
  }
  progress.clear()
  for (const name of await requests.list()) {
    const kept = await requests.read(name)
    const settled = kept && (await settleRequest(folder, { name, kept }, { until, onEnd }, progress))
    failures += settled?.failures ?? 0
    if (!unfinished.has(name) && settled?.isFinished !== false) await requests.remove(name)
  }
  return failures
}

interface Patience {
  readonly until: number
  readonly onEnd: () => void
}

async function settleRequest(
  folder: Folder,
  { name, kept }: { readonly name: string; readonly kept: KeptRequest },
  patience: Patience,
  progress: FolderProgress,
): Promise<{ readonly failures: number; readonly isFinished: boolean }> {
  const { requests } = folder
  let [failures, isFinished] = [0, true]
  const sent = (await requests.readNotes(name)).filter(({ isOver }) => !isOver)
  for await (const result of settle(folder, kept, sent, patience)) {
    const file = kept.files[result.sent.index]?.file
    if (file !== undefined) report(file, result, folder, progress)
    if (result.state === undefined) failures += 1
    if (isWorthAnotherWait(result)) isFinished = false
    else await requests.note(name, { ...result.sent, isOver: true })
  }
  return { failures, isFinished }
}

type Settled = WaitedFile | { readonly sent: SentFile; readonly state: 'sent'; readonly thrown?: never }

async function* settle(
  { command, work }: Folder,
  kept: KeptRequest,
  sent: readonly SentFile[],
  { until, onEnd }: Patience,
): AsyncGenerator<Settled, void> {
  const { wait, timeout } = command
  if (wait === 'none') for (const file of sent) yield { sent: file, state: 'sent' }
  else {
    const isTable = ({ index }: SentFile) => mayBeTable(kept.files[index]?.fields)
    yield* waitForFiles(sent, { goal: wait, timeout, until, isTable, onEnd }, work)
  }
}

function mayBeTable(fields: KeptRequest['files'][number]['fields'] | undefined): boolean {
  return isTabular(identify({ name: fields?.name, declared: { format: fields?.format } }).format)
}

function report(file: LocalFile, { sent, state, thrown }: Settled, { work }: Folder, progress: FolderProgress): void {
  progress.clear()
  const { upload, resource, isNew } = sent
  if (state !== undefined) {
    reportResult(file, { upload, resource, state }, work.printer)
    return
  }
  const shown = shownIn(thrown)
  const isEmpty = isNew && shown !== undefined && shown.state !== 'linked'
  reportFailure(file, { upload, resource: isEmpty ? resource : undefined, thrown }, work.printer)
}

/** After a time-out or without an answer, the same command waits again. */
function isWorthAnotherWait({ thrown }: Settled): boolean {
  return thrown instanceof UplinkError && thrown.retryable
}
