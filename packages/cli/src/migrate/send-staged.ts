import { openAsBlob } from 'node:fs'
import type { IssuedUpload } from '@ckan-uplink/client'
import type { SentFile } from '../kept-requests.ts'
import { waitForFiles } from '../wait-for-files.ts'
import type { ChosenFile } from './choose-files.ts'
import { addToJournal, type JournalEntry } from './journal.ts'
import type { Mover } from './mover.ts'
import type { StagedFile } from './stage-file.ts'

/** A file on its way to CKAN. */
export interface SentStaged {
  readonly file: StagedFile
  readonly note: SentFile
}

/** Called for a file that cannot move. Throws the signal's reason if the signal is aborted. */
export type Fail = (file: ChosenFile, thrown: unknown) => void

/** Sends a file to its upload, and notes in the journal what CKAN showed before. */
export async function sendStaged(
  staged: StagedFile,
  issued: IssuedUpload,
  entry: Omit<JournalEntry, 'at' | 'resource' | 'upload'>,
  { journal, staging, work: { uplink, signal } }: Mover,
): Promise<SentStaged> {
  const { file, path, hash } = staged
  const { resource, name } = file
  let [upload, key] = [issued.id, issued.status_key]
  await uplink.upload(await openAsBlob(path), {
    issued: { resource: resource.id, upload: issued },
    name,
    checksum: hash,
    replaces: replacedBy(file),
    gate: staging.gate,
    signal,
    async onBegin(begun) {
      upload = begun.id
      key = begun.statusKey
      await addToJournal(journal, { at: new Date().toISOString(), resource: resource.id, upload, ...entry })
    },
  })
  return { file: staged, note: { index: 0, upload, key, resource: resource.id, isNew: false, isOver: false } }
}

/** For `replaces`: what CKAN showed before the file was read. */
export function replacedBy({ resource: { url, last_modified = null } }: ChosenFile) {
  return { url: url ?? '', last_modified }
}

/** Waits until CKAN shows the files in the bucket. Returns the sizes of these files. */
export async function waitUntilLinked(
  sent: readonly SentStaged[],
  { timeout, work, onMoved }: Mover,
  fail: Fail,
): Promise<readonly number[]> {
  const fileOf = new Map(sent.map(({ file, note }) => [note.upload, file]))
  const notes = sent.map(({ note }) => note)
  const until = Date.now() + timeout * 1000
  const waiting = { goal: 'linked', timeout, until, isTable: () => false, onEnd: () => {} } as const
  const moved: number[] = []
  for await (const { sent: note, state, thrown } of waitForFiles(notes, waiting, work)) {
    const file = fileOf.get(note.upload)
    if (file === undefined) continue
    if (state === undefined) fail(file.file, thrown)
    else {
      moved.push(file.bytes)
      onMoved(file.bytes)
    }
  }
  return moved
}

/** Runs the task for each item. Returns the results of the tasks that succeed. */
export async function settle<T, R>(
  items: readonly T[],
  run: (item: T, index: number) => Promise<R>,
  onFailure: (item: T, thrown: unknown) => void,
): Promise<readonly R[]> {
  const results = await Promise.allSettled(items.map(run))
  return results.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [result.value]
    onFailure(items[index] as T, result.reason)
    return []
  })
}
