import { UplinkError } from '@ckan-uplink/core'
import type { Act } from './actions.ts'
import { sleep } from './retry.ts'
import type { ShownUpload } from './upload-answers.ts'

/** `linked`: CKAN shows the file; `loaded`: the table is in the DataStore, too. */
export type Goal = 'linked' | 'loaded'

export interface WaitOptions {
  /** 10 minutes when absent. */
  readonly timeoutMs?: number | undefined
  /** Called with each answer. */
  readonly onLook?: ((upload: ShownUpload) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_TIMEOUT_MS = 600_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000

/**
 * Waits until an upload has come so far. Throws an `UplinkError`: of code `upload_failed` with the reason when it never will, of code
 * `timed_out` when it hasn't in time, which says nothing of later; both hold the upload as `details.upload`.
 */
export async function waitFor(act: Act, id: string, goal: Goal, options: WaitOptions = {}): Promise<ShownUpload> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, onLook, signal } = options
  const until = Date.now() + timeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
    const upload = await act<ShownUpload>('upload_show', { id }, { signal })
    onLook?.(upload)
    if (upload.state === goal || upload.state === 'loaded') return upload
    const why = whyNever(upload, goal)
    if (why !== undefined) throw new UplinkError('upload_failed', `Upload ${id} ${why}`, false, { details: { upload } })
    if (Date.now() + pauseMs > until) {
      throw new UplinkError(
        'timed_out',
        `Upload ${id} is not ${goal} after ${timeoutMs / 1000} s: ${whatIsMissing(upload)}.`,
        true,
        { details: { upload } },
      )
    }
    await sleep(pauseMs, signal)
  }
}

function whyNever({ state, reason, withdrawn, load }: ShownUpload, goal: Goal): string | undefined {
  if (goal === 'loaded' && load?.status === 'error')
    return `is linked, but was not loaded: ${load.error ?? 'the loader gives no reason'}`
  if (state === 'issued' || state === 'linked') return undefined
  if (state === 'expired') return 'is expired: its file never came. Upload it again.'
  if (withdrawn !== undefined) return `is withdrawn by ${withdrawn.by}: ${withdrawn.reason}`
  return `is ${state}: ${reason ?? 'no reason is given'}`
}

function whatIsMissing({ state, load }: ShownUpload): string {
  if (state === 'issued') return 'its file has not been linked yet'
  return load === undefined
    ? 'no loader has said anything of it; is it a table, and does this CKAN load them'
    : `the loader says ${load.status}`
}
