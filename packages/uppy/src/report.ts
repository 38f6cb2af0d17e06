import type { Transfer } from '@ckan-uplink/widget/transfers'
import type { BasePlugin, Body, Meta, Uppy } from '@uppy/core'
import type { LinkedUrl } from './linked-urls.ts'

/** The body of a file's `response` in Uppy. */
export interface CkanUplinkBody extends Body {
  /** The id of the upload. */
  readonly upload: string | undefined
  /** The id of the resource. */
  readonly resource: string | undefined
  /** `linked`: CKAN shows the file. `proposed`: it waits until a person accepts it. */
  readonly state: string
}

/** What Uppy hears about one file. */
export interface Report {
  /** Says how many bytes were sent. Uppy reads them again after each change. */
  progress(transfer: Transfer): void
  /** Says that the state has changed. `true`: nothing more comes, unless the person tries again. */
  change(transfer: Transfer): Promise<boolean>
  /** Says that the file cannot be sent. */
  fail(message: string): void
}

/** Reports the changes of a file by the events that Uppy expects of an uploader. */
export function createReport<M extends Meta, B extends Body>(
  { uppy, i18n }: { readonly uppy: Uppy<M, B>; readonly i18n: BasePlugin<never, M, B>['i18n'] },
  id: string,
  linkedUrl: LinkedUrl,
): Report {
  let sent = -1

  function progress(transfer: Transfer): void {
    if (sent === transfer.sent) return
    sent = transfer.sent
    const file = uppy.getFile(id)
    const { uploadStarted } = file.progress
    const bytesTotal = transfer.file.size
    uppy.emit('upload-progress', file, { uploadStarted: uploadStarted ?? 0, bytesUploaded: sent, bytesTotal })
  }

  async function succeed({ begun, state }: Transfer): Promise<void> {
    const uploadURL = begun && (await linkedUrl(begun.resource))
    const body: CkanUplinkBody = { upload: begun?.id, resource: begun?.resource, state }
    const response = { status: 200, body: body as Body as B, ...(uploadURL && { uploadURL }) }
    uppy.emit('upload-success', uppy.getFile(id), response)
  }

  function fail(message: string): void {
    uppy.emit('upload-error', uppy.getFile(id), { name: 'CkanUplinkError', message })
  }

  /** Pauses that no person asked for have a reason: the person is no longer signed in. */
  function sayPaused({ reason }: Transfer): void {
    if (reason === undefined) return
    uppy.setFileState(id, { isPaused: true })
    uppy.info(reason, 'error')
  }

  /** Phases that move no bytes. */
  function showPhase({ state, reason }: Transfer): void {
    const file = uppy.getFile(id)
    const { preprocess, postprocess } = file.progress
    if (state === 'checking') uppy.emit('preprocess-progress', file, phase(i18n('checking')))
    else if (preprocess) uppy.emit('preprocess-complete', file)
    if (state === 'arrived') uppy.emit('postprocess-progress', file, phase(reason ?? i18n('arrived')))
    else if (postprocess) uppy.emit('postprocess-complete', file)
  }

  return {
    progress,
    fail,
    async change(transfer) {
      const { state, reason } = transfer
      showPhase(transfer)
      if (state === 'sending') progress(transfer)
      if (state === 'paused') sayPaused(transfer)
      if (state === 'failed') fail(reason ?? '')
      if (state === 'linked' || state === 'proposed') await succeed(transfer)
      return OVER.includes(state)
    },
  }
}

const OVER: readonly Transfer['state'][] = ['linked', 'proposed', 'failed', 'cancelled']

function phase(message: string) {
  return { mode: 'indeterminate', message } as const
}
