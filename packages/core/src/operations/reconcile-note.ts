import type { LinkDeps } from '../link/link.ts'
import type { ObjectStore } from '../ports/index.ts'
import { isObject, parseJson } from '../support/json.ts'
import { parseKey, UPLINK_PREFIX } from '../uploads/keys.ts'
import type { Finding } from './finding.ts'
import { RECONCILE_PHASES, type ReconcilePosition } from './reconcile-phase.ts'

/** The scheduled run stores its position here, and which files it found lost. */
const RECONCILE_KEY = `${UPLINK_PREFIX}reconcile.json`
const NOTED_EVERY_MS = 10_000
/** Enough for an operator to see the pattern. */
const MOST_LOST = 20

/** Files that CKAN showed, of resources that have no URL now: the last upload of each resource. */
type LostFiles = ReadonlyMap<string, string>

interface Note {
  readonly position: ReconcilePosition | undefined
  readonly lost: LostFiles
}

/** The memory of a scheduled run. It lasts over several nights. */
export interface Notes {
  /** The position of an interrupted run. */
  readonly after: ReconcilePosition | undefined
  add(finding: Finding): void
  noteIfDue(position: ReconcilePosition): Promise<void>
  /** After an error. The next run starts from the beginning if a continued run made no progress. */
  giveUp(): Promise<void>
  end(): Promise<void>
}

export async function openNotes({ settings, store, clock }: LinkDeps): Promise<Notes> {
  const before = await readNote(store)
  const after = before.position
  const lost = new Map(after ? before.lost : [])
  let last = clock.now().getTime()
  let isNoted = false
  const save = (position?: ReconcilePosition) => saveNote(store, { position, lost })
  return {
    after,
    add(finding) {
      if (finding.kind !== 'object' || finding.outcome.kind !== 'ignored' || !finding.outcome.isLost) return
      const parsed = parseKey(settings.keyPrefix, finding.event.key)
      if (parsed?.kind !== 'resource' || parsed.uploadId === undefined) return
      // A listing has the uploads of a resource in their order, so the last one stays.
      if (lost.has(parsed.resourceId) || lost.size < MOST_LOST) lost.set(parsed.resourceId, parsed.uploadId)
    },
    async noteIfDue(position) {
      if (clock.now().getTime() - last < NOTED_EVERY_MS) return
      await save(position)
      last = clock.now().getTime()
      isNoted = true
    },
    async giveUp() {
      if (after && !isNoted) await save()
    },
    async end() {
      if (after || isNoted || lost.size > 0 || before.lost.size > 0) await save()
    },
  }
}

/** The lost files that the last scheduled run found, at most 20. A person may have restored some since. */
export async function readLostFiles(store: Pick<ObjectStore, 'get'>): Promise<LostFiles> {
  return (await readNote(store)).lost
}

async function saveNote(store: Pick<ObjectStore, 'put'>, { position, lost }: Note): Promise<void> {
  const note = { version: 1, ...(position && { position }), ...(lost.size > 0 && { lost: Object.fromEntries(lost) }) }
  const bytes = new TextEncoder().encode(JSON.stringify(note))
  await store.put(RECONCILE_KEY, bytes, { contentType: 'application/json' })
}

/** An unreadable note says nothing. */
async function readNote(store: Pick<ObjectStore, 'get'>): Promise<Note> {
  const found = await store.get(RECONCILE_KEY)
  const note = found && parseJson(new TextDecoder().decode(found.bytes))
  const { position, lost } = isObject(note) ? note : {}
  return { position: positionIn(position), lost: new Map(isObject(lost) ? Object.entries(lost).flatMap(textOf) : []) }
}

function textOf([resource, upload]: readonly [string, unknown]): readonly [string, string][] {
  return typeof upload === 'string' ? [[resource, upload]] : []
}

function positionIn(noted: unknown): ReconcilePosition | undefined {
  const { phase, after, isWhole } = isObject(noted) ? noted : {}
  const known = RECONCILE_PHASES.find((name) => name === phase)
  if (known === undefined) return undefined
  return { phase: known, ...(typeof after === 'string' && { after }), ...(isWhole === true && { isWhole }) }
}
