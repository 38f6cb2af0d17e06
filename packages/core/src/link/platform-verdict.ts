import { UplinkError } from '../errors.ts'
import type { Clock, ObjectStore, PlatformScanner } from '../ports/index.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { endWaiting, readVerdict, type StoredVerdict, writeVerdict } from '../uploads/scans.ts'
import type { Candidate } from './upload.ts'

export interface PlatformGate {
  readonly store: Pick<ObjectStore, 'get' | 'put' | 'remove'>
  readonly clock: Pick<Clock, 'now'>
  readonly platformScanner?: PlatformScanner | undefined
}

/**
 * The verdict of the platform's scanner on exactly this version, and then the file no longer waits. An operator may
 * have accepted a file that the scanner could not scan. `undefined`: there is no verdict yet. Throws when the store
 * does.
 */
export async function takePlatformVerdict(
  gate: PlatformGate,
  { upload, object, version }: Candidate<UploadKey>,
): Promise<StoredVerdict | undefined> {
  const { platformScanner, clock, store } = gate
  if (platformScanner === undefined)
    throw new UplinkError('configuration', 'SCANNER is platform, but this bucket has no scanner of its own.', false)
  const verdict = await platformScanner.verdictOn(object)
  if (verdict === undefined) return undefined
  const { id } = upload.stored.record
  const found = { ...verdict, by: platformScanner.name, at: clock.now().toISOString() }
  const taken = found.result === 'unscannable' ? await accepted(gate, { id, version }, found) : found
  await endWaiting(store, id)
  return taken
}

/** Returns an operator's decision. Without it, stores the scanner's verdict, so that an operator can decide. */
async function accepted(
  { store }: PlatformGate,
  place: { readonly id: string; readonly version: string },
  found: StoredVerdict,
): Promise<StoredVerdict> {
  const stored = await readVerdict(store, place.id, place.version)
  if (stored) return stored
  await writeVerdict(store, place, found, { onlyIf: 'absent' })
  return found
}
