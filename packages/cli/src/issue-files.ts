import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { type IssuedUpload, NotFoundError, RefusedError } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { MIB } from '@ckan-uplink/core/support'
import { askForUploads, type PlacedFiles, refusalOf } from './dataset-upload.ts'
import { type ChooseDestination, chooseTitle } from './destinations.ts'
import type { FileList } from './file-list.ts'
import type { KeptRequest, KeptRequests, RequestedFile, SentFile } from './kept-requests.ts'
import type { LocalFile } from './local-files.ts'
import type { OwnResources } from './own-resources.ts'
import { hashOf } from './send-file.ts'
import type { UploadCommand } from './upload-command.ts'
import { showStates } from './upload-states.ts'
import type { Work } from './work.ts'

/** The limit of `dataset_upload`. */
const MAX_FILES = 1000
/** Few enough to be sent on a slow line before the URLs expire, and to be hashed soon. */
const MAX_BYTES = 8192 * MIB
/** `dataset_upload` takes 4 MiB. */
const MAX_REQUEST_BYTES = 3 * MIB

/** A file that has its upload, and was not sent. */
export interface IssuedFile extends RequestedFile {
  /** The name of its request. */
  readonly name: string
  /** Its place in the request. */
  readonly index: number
  readonly resource: string
  readonly isNew: boolean
  readonly upload: IssuedUpload
  /** Whether an interrupted command may have sent some of it. */
  readonly isRepeated: boolean
}

export interface Issuing {
  readonly files: FileList
  readonly requests: KeptRequests
  readonly own: OwnResources
  readonly destinationOf: ChooseDestination
  readonly command: UploadCommand
  readonly work: Work
  /** Called for each file that gets no upload. */
  readonly onRefused: (file: LocalFile, reason: string) => void
  /** Called for each file that an interrupted command has sent. */
  readonly onFound: (file: LocalFile) => void
}

/**
 * Asks for the uploads of all files, with one request for many files. First sends the requests of an interrupted
 * command again. A file whose first request has no upload for it any more is part of a new request.
 */
export async function* issueFiles(issuing: Issuing): AsyncGenerator<IssuedFile, void> {
  const handled = new Set<string>()
  for (const name of await issuing.requests.list()) yield* repeatRequest(issuing, name, handled)
  for await (const chunk of chunksOf(issuing, handled)) {
    const kept: KeptRequest = { request: randomUUID(), files: chunk }
    const name = await issuing.requests.keep(kept)
    const placed = await send(issuing, kept)
    await rememberResources(issuing, kept, placed)
    for (const [index, requested] of chunk.entries()) {
      const issued = toIssued(placed, { ...requested, name, index, isRepeated: false })
      if (issued === undefined) issuing.onRefused(requested.file, refusalOf(placed, index))
      else yield issued
    }
  }
}

/** Continues a request of an interrupted command. `handled` receives the paths of the files that it takes care of. */
async function* repeatRequest(issuing: Issuing, name: string, handled: Set<string>): AsyncGenerator<IssuedFile, void> {
  const { requests } = issuing
  const kept = await requests.read(name)
  if (kept === undefined) return requests.remove(name)
  const open: number[] = []
  for await (const { file, index, isSent } of findUnfinished(requests, name, kept)) {
    if (!isSent) open.push(index)
    else {
      handled.add(file.path)
      issuing.onFound(file)
    }
  }
  if (open.length === 0) return
  for await (const issued of issueAgain(issuing, name, kept, open)) {
    handled.add(issued.file.path)
    if (issued.isLinked) issuing.onFound(issued.file)
    else yield issued
  }
}

/**
 * The files of a request that are still as they were. A sent file that changed since is over: it gets another upload.
 */
async function* findUnfinished(
  requests: KeptRequests,
  name: string,
  kept: KeptRequest,
): AsyncGenerator<{ readonly file: LocalFile; readonly index: number; readonly isSent: boolean }, void> {
  const notes = new Map((await requests.readNotes(name)).map((note) => [note.index, note]))
  for (const [index, { file }] of kept.files.entries()) {
    const note = notes.get(index)
    if (note?.isOver) continue
    if (await isUnchanged(file)) yield { file, index, isSent: note !== undefined }
    else if (note !== undefined) await requests.note(name, { ...note, isOver: true })
  }
}

/** The uploads of files that the interrupted command has not noted as sent. Some of them have arrived all the same. */
async function* issueAgain(
  issuing: Issuing,
  name: string,
  kept: KeptRequest,
  open: readonly number[],
): AsyncGenerator<IssuedFile & { readonly isLinked: boolean }, void> {
  const placed = await sendAgain(issuing, kept)
  await rememberResources(issuing, kept, placed)
  const issued = open.flatMap((index) => {
    const requested = kept.files[index]
    return (requested && toIssued(placed, { ...requested, name, index, isRepeated: true })) ?? []
  })
  const states = await showStates(issuing.work, issued.map(toNote))
  for (const file of issued) {
    const isLinked = states.get(file.upload.id) === 'linked'
    if (isLinked) await issuing.requests.note(name, toNote(file))
    yield { ...file, isLinked }
  }
}

/** The note about a file that was sent. */
export function toNote({ index, upload, resource, isNew }: IssuedFile): SentFile {
  return { index, upload: upload.id, key: upload.status_key, resource, isNew, isOver: false }
}

async function isUnchanged({ path, size, modifiedMs }: LocalFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true && found.size === size && found.mtimeMs === modifiedMs
}

function send({ command, work }: Issuing, { request, files }: KeptRequest): Promise<PlacedFiles> {
  const { dataset, replaceByName } = command
  const fields = { id: dataset, request, files: files.map((file) => file.fields) }
  return askForUploads({ ...fields, ...(replaceByName && { replace_by: 'name' }) }, work)
}

/** No uploads if the gateway refuses the whole request: a new one then says why. */
async function sendAgain(issuing: Issuing, kept: KeptRequest): Promise<PlacedFiles> {
  try {
    return await send(issuing, kept)
  } catch (thrown) {
    if (thrown instanceof RefusedError || thrown instanceof NotFoundError) return { files: [] }
    throw thrown
  }
}

function rememberResources({ own }: Issuing, { files }: KeptRequest, placed: PlacedFiles): Promise<void> {
  return own.add(
    files.flatMap(({ file, fields }, index) => {
      const { resource } = placed.files[index] ?? {}
      return resource?.is_new ? [{ file, title: fields.name, resource: resource.id }] : []
    }),
  )
}

function toIssued(
  placed: PlacedFiles,
  facts: Omit<IssuedFile, 'resource' | 'isNew' | 'upload'>,
): IssuedFile | undefined {
  const { resource, upload } = placed.files[facts.index] ?? {}
  return resource && upload && { ...facts, resource: resource.id, isNew: resource.is_new, upload }
}

/** Groups the files for requests. A file that cannot be read or has no certain destination is refused. */
async function* chunksOf(
  issuing: Issuing,
  handled: ReadonlySet<string>,
): AsyncGenerator<readonly RequestedFile[], void> {
  const { files, command, work, onRefused } = issuing
  let chunk: RequestedFile[] = []
  let [bytes, requestBytes] = [0, 0]
  for await (const file of files) {
    work.signal.throwIfAborted()
    if (handled.has(file.path)) continue
    try {
      const fields = { ...fieldsOf(issuing, file), hash: await checksumOf(file, command, work) }
      const length = Buffer.byteLength(JSON.stringify(fields))
      if (chunk.length === MAX_FILES || bytes + file.size > MAX_BYTES || requestBytes + length > MAX_REQUEST_BYTES) {
        if (chunk.length > 0) yield chunk
        chunk = []
        bytes = 0
        requestBytes = 0
      }
      chunk.push({ file, fields })
      bytes += file.size
      requestBytes += length
    } catch (thrown) {
      work.signal.throwIfAborted()
      onRefused(file, messageOf(thrown))
    }
  }
  if (chunk.length > 0) yield chunk
}

function fieldsOf({ destinationOf, own, command }: Issuing, file: LocalFile): RequestedFile['fields'] {
  const destination = destinationOf(file)
  if ('refusal' in destination) throw new Error(destination.refusal)
  const name = chooseTitle(file, command)
  const resource =
    'resource' in destination ? destination.resource : command.replaceByName ? undefined : own.find(file, name)
  return { name, size: file.size, format: command.format, resource }
}

async function checksumOf({ path }: LocalFile, { checksum }: UploadCommand, { signal }: Work) {
  return checksum ? hashOf(path, signal) : undefined
}
