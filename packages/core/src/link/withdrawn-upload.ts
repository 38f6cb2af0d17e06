import type { Clock, ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { mentionOf, mentionsIn } from '../uploads/own-url.ts'
import { readRecord, type UploadRecord } from '../uploads/upload-record.ts'
import { ignored, parked, type Result } from './result.ts'
import type { Upload } from './upload.ts'

interface Settler {
  readonly settings: Settings
  readonly store: Pick<ObjectStore, 'get' | 'head' | 'remove'>
  readonly clock: Pick<Clock, 'now'>
}

/**
 * For so long the gateway may put a withdrawn record back as it was, because CKAN points to the file or did not answer. The gateway's
 * clock may be ahead by as much.
 */
const SETTLES_AFTER_MS = 120_000

export function isWithdrawn({ stored }: Upload<UploadKey>): boolean {
  return stored.record.state === 'withdrawn'
}

/** Whether the URL that CKAN shows leads to this upload, in whichever version. */
export function isShownBy(
  { settings }: Pick<Settler, 'settings'>,
  { parsed }: Upload<UploadKey>,
  url: string,
): boolean {
  return mentionsIn(settings, url).includes(mentionOf(parsed))
}

/**
 * The answer for an upload that was withdrawn a moment ago: its message comes again when the withdrawal is final. `undefined`: it is.
 * Without the wait a message could be acknowledged, or an object removed, for a withdrawal that the gateway then puts back.
 */
export function waitsForWithdrawal({ withdrawn }: UploadRecord, now: Date): Result | undefined {
  const age = now.getTime() - Date.parse(withdrawn?.at ?? '')
  if (!(Math.abs(age) < SETTLES_AFTER_MS)) return undefined
  return {
    kind: 'retry',
    afterSeconds: Math.ceil((SETTLES_AFTER_MS - age) / 1000),
    cause: new Error('The upload was withdrawn a moment ago: its message waits until that is final.'),
  }
}

/**
 * Whether the record still says so. Asked once the withdrawal is final: the record at hand may have been read before, and put back since.
 * Throws when the store does.
 */
export async function isStillWithdrawn(
  store: Pick<ObjectStore, 'get'>,
  { id, withdrawn }: UploadRecord,
): Promise<boolean> {
  return (await readRecord(store, id))?.record.withdrawn?.at === withdrawn?.at
}

/**
 * What becomes of an upload that was withdrawn, given the URL that CKAN shows. A URL that is still valid may have put another object since:
 * nothing can point to that, so it is removed here. All else is left to the reconciliation, which asks all of CKAN. Throws when the store does.
 */
export async function handleWithdrawn(settler: Settler, upload: Upload<UploadKey>, url: string): Promise<Result> {
  const { record } = upload.stored
  const wait = waitsForWithdrawal(record, settler.clock.now())
  if (wait) return wait
  if (!(await isStillWithdrawn(settler.store, record)))
    return { kind: 'retry', cause: new Error('The upload is not withdrawn any more: the gateway has put it back.') }
  if (isShownBy(settler, upload, url))
    return upload.isListed ? ignored(shownThoughWithdrawn(record)) : parked(shownThoughWithdrawn(record))
  const object = await settler.store.head(upload.key)
  const isLate = object !== undefined && object.modifiedAt.getTime() > Date.parse(record.withdrawn?.at ?? '')
  if (isLate) await settler.store.remove(upload.key)
  return ignored(`This upload was withdrawn${isLate ? ': what was put after that is removed' : ''}. Upload again.`)
}

/** The words where CKAN points to a file that is neither linked nor served any more. */
export function shownThoughWithdrawn({ entity, withdrawn }: UploadRecord): string {
  const by = withdrawn === undefined ? '' : ` by ${withdrawn.by} at ${withdrawn.at}`
  return `This upload was withdrawn${by}, and the ${entity.type} ${entity.id} points to it: give it another file or URL.`
}
