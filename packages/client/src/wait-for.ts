import { UplinkError } from '@ckan-uplink/core'
import type { Act } from './actions.ts'
import { sleep } from './retry.ts'
import type { ShownUpload } from './upload-answers.ts'

/**
 * `linked`: CKAN shows the file. `loaded`: the table is also in the DataStore. A file that is no table, and any file of
 * a CKAN without a loader, is done when it is linked.
 */
export type Goal = 'linked' | 'loaded'

export interface WaitOptions {
  /** Default: 10 minutes. */
  readonly timeoutMs?: number | undefined
  /** Called with each answer. */
  readonly onLook?: ((upload: ShownUpload) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_TIMEOUT_MS = 600_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000

/**
 * Waits until an upload reaches a goal. Throws an `UplinkError` with code `upload_failed` and the reason if it never
 * will, or with code `timed_out` if it has not in time but still may. Both have the upload in `details.upload`.
 */
export async function waitFor(act: Act, id: string, goal: Goal, options: WaitOptions = {}): Promise<ShownUpload> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, onLook, signal } = options
  const until = Date.now() + timeoutMs
  let isLoadExpected: boolean | undefined
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
    const upload = await act<ShownUpload>('upload_show', { id }, { signal })
    onLook?.(upload)
    if (upload.state === goal || upload.state === 'loaded') return upload
    const failure = failureOf(upload, goal)
    if (failure !== undefined)
      throw new UplinkError('upload_failed', `Upload ${id} ${failure}`, false, { details: { upload } })
    if (upload.state === 'linked' && upload.load === undefined) {
      isLoadExpected ??= await askExpectsLoad(act, upload)
      if (!isLoadExpected) return upload
    }
    if (Date.now() + pauseMs > until) {
      throw new UplinkError(
        'timed_out',
        `Upload ${id} is not ${goal} after ${timeoutMs / 1000} s: ${progressOf(upload)}.`,
        true,
        { details: { upload } },
      )
    }
    await sleep(pauseMs, signal)
  }
}

/** Loads the table of formats on demand, because it is a quarter of the client's size. */
async function askExpectsLoad(act: Act, upload: ShownUpload): Promise<boolean> {
  const { expectsLoad } = await import('./expects-load.ts')
  return expectsLoad(act, upload)
}

function failureOf({ state, reason, withdrawn, load }: ShownUpload, goal: Goal): string | undefined {
  if (goal === 'loaded' && load?.status === 'error')
    return `is linked, but the loader failed: ${load.error ?? 'the loader gives no reason'}`
  if (state === 'issued' || state === 'scanning' || state === 'linked') return undefined
  if (state === 'proposed') return 'has arrived, and waits until somebody accepts it.'
  if (state === 'expired') return 'has expired: its file never arrived. Upload it again.'
  if (withdrawn?.by !== undefined) return `was withdrawn by ${withdrawn.by}: ${withdrawn.reason}`
  if (withdrawn !== undefined) return 'was refused or withdrawn'
  return `is ${state}: ${reason ?? 'no reason is given'}`
}

function progressOf({ state, load }: ShownUpload): string {
  if (state === 'issued') return 'its file has not been linked yet'
  if (state === 'scanning') return 'a virus scanner has not looked at its file yet'
  return load === undefined ? 'the loader has not reported on it' : `the loader says ${load.status}`
}
