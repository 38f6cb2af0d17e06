import { SignedOutError } from './credentials.ts'
import { createFollower } from './follow-transfers.ts'
import { type FormUploads, isInTime } from './form.ts'
import { reasonOf } from './format.ts'
import { isSameFile, type KeptUpload, type KeptUploads, moveKept } from './kept-uploads.ts'
import type { Action, Checksum, Sender } from './prepare.ts'
import { createPreparation } from './prepare-transfers.ts'
import { send } from './send.ts'
import { sendForForm } from './send-for-form.ts'
import type { ByGrants } from './session.ts'
import { hasArrived, isOpen, resourceOf, type Transfer } from './transfer.ts'

export interface TransfersOptions {
  readonly uplink: Sender
  /** Set on a page of CKAN. */
  readonly byGrants?: ByGrants | undefined
  /** Set in a form of CKAN. */
  readonly form?: FormUploads | undefined
  /** Without a slash at the end. */
  readonly gateway: string
  /** Tells the people of one browser apart. */
  readonly person?: string | undefined
  readonly target:
    | { readonly dataset: string }
    | { readonly resource: string }
    | { readonly link: string }
    | { readonly form: string }
  /** Grants allow uploads in parts only. */
  readonly multipart?: boolean | undefined
  /** Whether to follow a linked table until a loader has loaded it. That asks CKAN. */
  readonly followLoads: boolean
  readonly kept: KeptUploads
  readonly checksum: Checksum
  /** Called after each change of a transfer, and after each progress. */
  readonly onChange: (transfer?: Transfer) => void
}

export interface NewFile {
  readonly file: File
  readonly path: string
  readonly handle?: FileSystemFileHandle | undefined
}

/** The files that a person has chosen, on their way to one dataset or resource. */
export interface Transfers {
  /** Calls CKAN by this person's right. */
  readonly action: Action
  /** Waits for an upload of this person. */
  readonly waitFor: Sender['waitFor']
  readonly list: readonly Transfer[]
  /** A file that an earlier visit has begun continues. */
  add(files: readonly NewFile[]): Promise<void>
  pause(transfer: Transfer): void
  /** Continues a paused file, and tries a failed one again. */
  resume(transfer: Transfer): void
  cancel(transfer: Transfer): Promise<void>
  /** Unfinished uploads of earlier visits whose file was not added yet. */
  unfinished(): Promise<readonly KeptUpload[]>
  forget(kept: KeptUpload): Promise<void>
  /** A form names its file from now on. A later visit has nothing to continue. */
  release(): Promise<void>
  /** Stops everything. Uploads in parts can be continued. */
  close(): void
}

const FILES_AT_ONCE = 3

export function createTransfers(options: TransfersOptions): Transfers {
  const { target, kept, onChange, form } = options
  const { action } = options.byGrants ?? options.uplink
  const dataset = 'dataset' in target ? target.dataset : undefined
  const resource = 'resource' in target ? target.resource : undefined
  const link = 'link' in target ? target.link : undefined
  const place = placeOf(options)
  const list: Transfer[] = []
  const ready = new Set<Transfer>()
  const closed = new AbortController()
  let sendingNow = 0

  async function listKept(): Promise<readonly KeptUpload[]> {
    const saved = form?.saved
    if (saved) await moveKept(kept, saved.upload, placeOf({ ...options, target: { form: saved.place } }), place)
    return (await kept.list(place)).filter(({ id, form: signed }) => signed === undefined || isInTime(id))
  }

  function fail(transfer: Transfer, thrown: unknown): void {
    if (transfer.state === 'cancelled') return
    transfer.state = thrown instanceof SignedOutError ? 'paused' : 'failed'
    transfer.reason = reasonOf(thrown)
    onChange(transfer)
  }

  const senderOf = (id?: string) => senderFor(options, id)
  const { signal } = closed
  const { prepare, removeCreated } = createPreparation({
    ...options,
    ...{ list, ready, dataset, link, action, fail, signal },
    onReady: fill,
  })
  const follow = createFollower({ ...options, list, waitFor: options.uplink.waitFor, senderFor: senderOf, signal })

  function fill(): void {
    for (const transfer of ready) {
      if (sendingNow >= FILES_AT_ONCE || signal.aborted) return
      if (transfer.state !== 'waiting') continue
      ready.delete(transfer)
      sendingNow += 1
      void run(transfer).finally(() => {
        sendingNow -= 1
        fill()
      })
    }
  }

  async function run(transfer: Transfer): Promise<void> {
    const stop = new AbortController()
    transfer.stop = stop
    transfer.state = 'sending'
    onChange(transfer)
    const { multipart } = options
    try {
      const sending = { kept, place, resource, multipart, onProgress: () => onChange() }
      const uplink = senderOf(resourceOf(transfer) ?? resource)
      if (form) await sendForForm(transfer, stop.signal, form, sending)
      else await send(transfer, stop.signal, { ...sending, uplink })
      transfer.state = form && !form.complete ? 'ready' : 'arrived'
      onChange(transfer)
      void follow()
    } catch (thrown) {
      if (!stop.signal.aborted) fail(transfer, thrown)
    }
  }

  return {
    action,
    waitFor: options.uplink.waitFor,
    list,
    async add(files) {
      const unfinished = await listKept()
      for (const { file, path, handle } of files) {
        const known = unfinished.find((upload) => isSameFile(upload, file, path) && !isKnown(list, upload))
        const begun = known && { ...known, resumable: true }
        const transfer: Transfer = { file, path, handle, state: 'waiting', sent: 0, hash: known?.hash, begun }
        if (known?.form !== undefined) transfer.form = { resource: known.resource, form: known.form }
        list.push(transfer)
        if (known !== undefined) ready.add(transfer)
        onChange(transfer)
      }
      void prepare()
      fill()
    },
    pause(transfer) {
      if (!isOpen(transfer)) return
      transfer.state = 'paused'
      transfer.stop?.abort(new Error('paused'))
      onChange(transfer)
    },
    resume(transfer) {
      if (transfer.state !== 'paused' && transfer.state !== 'failed') return
      transfer.state = 'waiting'
      transfer.reason = undefined
      if (transfer.hash !== undefined && (resource !== undefined || form || transfer.issued || resourceOf(transfer)))
        ready.add(transfer)
      onChange(transfer)
      void prepare()
      fill()
    },
    async cancel(transfer) {
      const { begun } = transfer
      const isRemoved = !hasArrived(transfer)
      transfer.state = 'cancelled'
      ready.delete(transfer)
      transfer.stop?.abort(new Error('cancelled'))
      onChange(transfer)
      if (begun?.resumable) await drop(options, { ...begun, form: transfer.form?.form })
      if (isRemoved) await removeCreated(transfer)
    },
    async unfinished() {
      return (await listKept()).filter((upload) => !isKnown(list, upload))
    },
    forget: (upload) => drop(options, upload),
    async release() {
      const named = list.filter(({ state }) => state === 'ready').flatMap(({ begun }) => begun ?? [])
      await Promise.all(named.map(({ id }) => kept.remove(id)))
    },
    close() {
      closed.abort()
      for (const { stop } of list) stop?.abort(new Error('closed'))
    },
  }
}

/** Where a later visit finds unfinished uploads. Another person of the same browser does not see them. */
function placeOf({ gateway, target, person }: Pick<TransfersOptions, 'gateway' | 'target' | 'person'>): string {
  const whose = person ? ` of ${person}` : ''
  if ('link' in target) return `${gateway} link ${target.link}`
  if ('form' in target) return `${gateway} form ${target.form}${whose}`
  return `${gateway} ${'dataset' in target ? target.dataset : target.resource}${whose}`
}

function isKnown(list: readonly Transfer[], { id }: KeptUpload): boolean {
  return list.some(({ begun }) => begun?.id === id)
}

/** A grant is for one resource, and a token for all of them. */
function senderFor({ uplink, byGrants }: TransfersOptions, resource: string | undefined): Sender {
  return byGrants && resource !== undefined ? byGrants.senderFor(resource) : uplink
}

/** The store drops parts by itself after some days. So an upload that cannot be aborted now does no harm. */
async function drop(
  options: TransfersOptions,
  { id, resource, form }: Pick<KeptUpload, 'id' | 'resource' | 'form'>,
): Promise<void> {
  await options.kept.remove(id)
  const sender = form === undefined ? senderFor(options, resource) : options.form?.senderFor(form)
  await sender?.abort(id).catch(() => {})
}
