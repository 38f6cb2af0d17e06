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
 * For so long the gateway may restore the record of a withdrawn upload, because CKAN points to the file or did not
 * answer. The gateway's clock may be ahead by as much.
 */
const SETTLES_AFTER_MS = 120_000

export function isWithdrawn({ stored }: Upload<UploadKey>): boolean {
  return stored.record.state === 'withdrawn'
}

/** Whether the URL that CKAN shows leads to any version of this upload. */
export function isShownBy(
  { settings }: Pick<Settler, 'settings'>,
  { parsed }: Upload<UploadKey>,
  url: string,
): boolean {
  return mentionsIn(settings, url).includes(mentionOf(parsed))
}

/** Adds to the result for an infected file whether CKAN points to its upload. */
export function withShown(
  settler: Pick<Settler, 'settings'>,
  upload: Upload<UploadKey>,
  url: string,
  result: Result,
): Result {
  return result.kind === 'infected' && isShownBy(settler, upload, url) ? { ...result, isShown: true } : result
}

/**
 * The result for an upload that was withdrawn a moment ago: its message waits until the withdrawal is final.
 * `undefined` when it is final. Without the wait, the linker could acknowledge a message or remove an object because of
 * a withdrawal that the gateway then undoes.
 */
export function waitsForWithdrawal({ withdrawn }: UploadRecord, now: Date): Result | undefined {
  const age = now.getTime() - Date.parse(withdrawn?.at ?? '')
  if (!(Math.abs(age) < SETTLES_AFTER_MS)) return undefined
  return {
    kind: 'retry',
    afterSeconds: Math.ceil((SETTLES_AFTER_MS - age) / 1000),
    cause: new Error('The upload was withdrawn a moment ago: its message waits until the withdrawal is final.'),
  }
}

/**
 * Whether the stored record still says so. The linker asks when the withdrawal is final, because the gateway may have
 * restored the record since the linker read it. Throws when the store does.
 */
export async function isStillWithdrawn(
  store: Pick<ObjectStore, 'get'>,
  { id, withdrawn }: UploadRecord,
): Promise<boolean> {
  return (await readRecord(store, id))?.record.withdrawn?.at === withdrawn?.at
}

/**
 * Returns the result for an upload that was withdrawn, given the URL that CKAN shows. A client may have put another
 * object since, if its upload URL was still valid. Nothing can point to that object, so the linker removes it. The
 * reconciliation, which reads all of CKAN, removes other objects. Throws when the store does.
 */
export async function handleWithdrawn(settler: Settler, upload: Upload<UploadKey>, url: string): Promise<Result> {
  const { record } = upload.stored
  const wait = waitsForWithdrawal(record, settler.clock.now())
  if (wait) return wait
  if (!(await isStillWithdrawn(settler.store, record)))
    return {
      kind: 'retry',
      cause: new Error('The upload is no longer withdrawn: the gateway has restored its record.'),
    }
  if (isShownBy(settler, upload, url))
    return upload.isListed ? ignored(shownThoughWithdrawn(record)) : parked(shownThoughWithdrawn(record))
  const object = await settler.store.head(upload.key)
  const isLate = object !== undefined && object.modifiedAt.getTime() > Date.parse(record.withdrawn?.at ?? '')
  if (isLate) await settler.store.remove(upload.key)
  return ignored(`This upload was withdrawn${isLate ? ', and its later file was removed' : ''}. Upload again.`)
}

/** The message for a withdrawn file that CKAN still points to. */
export function shownThoughWithdrawn({ entity, withdrawn }: UploadRecord): string {
  const by = withdrawn === undefined ? '' : ` by ${withdrawn.by} at ${withdrawn.at}`
  return `This upload was withdrawn${by}, but the ${entity.type} ${entity.id} points to it: give the ${entity.type} another file or URL.`
}
