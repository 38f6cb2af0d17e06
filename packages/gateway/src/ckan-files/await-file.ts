import { NotFoundError, UnavailableError, UplinkError } from '@ckan-uplink/core'
import { backOff, type JsonObject } from '@ckan-uplink/core/support'
import type { UploadRecord } from '@ckan-uplink/core/uploads'
import { HTTPException } from 'hono/http-exception'
import type { ActionContext } from '../actions/define-action.ts'
import { inTime } from '../http/in-time.ts'
import { refusal } from '../http/validate.ts'

/** From the beginning of the request. CKAN needs time to show the file. */
const MAX_WAIT_MS = 15_000
/** From the beginning of the request, too. A platform ends it after 29 s. */
const MAX_TOTAL_MS = 25_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2_000

const PENDING =
  'CKAN does not have this file yet. The linker verifies it and registers it: ask files_file_show with this id, or upload_show for the state.'
const OF_ANOTHER_OWNER = 'CKAN had this file already, and it belongs to another owner.'

/** What became of a complete upload: CKAN's own file, or a note that says why CKAN does not show one. */
export type CompleteFile = { readonly shown: JsonObject } | { readonly note: string }

/**
 * Waits for a limited time until CKAN has the file of an upload whose bytes are complete. Throws `RefusedError` with
 * the reason if there will be none.
 */
export async function awaitFile(
  context: Pick<ActionContext, 'clock' | 'records'>,
  asked: { readonly id: string; readonly begunAt: Date },
  show: (file: string) => Promise<JsonObject>,
): Promise<CompleteFile> {
  const { file, state, reason, withdrawn } = await awaitRecord(context, asked)
  if (state === 'failed' || state === 'withdrawn' || state === 'aborted')
    throw refusal({ upload: [withdrawn?.reason ?? reason ?? `The upload is ${state}: begin a new one`] })
  if (file?.step !== 'given') return { note: reason ?? PENDING }
  if (file.id === undefined) return { note: file.reason ?? OF_ANOTHER_OWNER }
  const { id } = file
  const leftMs = asked.begunAt.getTime() + MAX_TOTAL_MS - context.clock.now().getTime()
  try {
    return { shown: await askInTime(leftMs, () => show(id)) }
  } catch (thrown) {
    // The upload is complete, although CKAN does not answer.
    if (!(thrown instanceof UplinkError || thrown instanceof HTTPException)) throw thrown
    return { note: `CKAN has the file, but does not show it: ${thrown.message}` }
  }
}

/** Reads only the record, less and less often. */
async function awaitRecord(
  { clock, records }: Pick<ActionContext, 'clock' | 'records'>,
  { id, begunAt }: { readonly id: string; readonly begunAt: Date },
): Promise<UploadRecord> {
  const end = begunAt.getTime() + MAX_WAIT_MS
  for (let attempt = 1; ; attempt += 1) {
    const pause = backOff(FIRST_PAUSE_MS, attempt, { longest: LONGEST_PAUSE_MS })
    const record = await records.find(id)
    if (record === undefined) throw new NotFoundError('Upload was not found.')
    if (isSettled(record) || clock.now().getTime() + pause > end) return record
    await clock.sleep(pause)
  }
}

/** Throws `UnavailableError` when CKAN takes longer. Does not ask it when no time is left. */
async function askInTime<T>(leftMs: number, ask: () => Promise<T>): Promise<T> {
  const late = () => new UnavailableError('CKAN did not answer in time.')
  if (leftMs <= 0) throw late()
  return inTime(leftMs, ask(), late)
}

/** Whether no linker is at work on the file. */
function isSettled({ state, file, reason }: UploadRecord): boolean {
  if (state === 'linked') return file?.step === 'given' || reason !== undefined
  return state !== 'issued' && state !== 'expired' && state !== 'scanning'
}
