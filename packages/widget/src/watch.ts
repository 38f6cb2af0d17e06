import { NotFoundError } from '@ckan-uplink/client'
import type { Sender } from './prepare.ts'
import type { Transfer } from './transfer.ts'

const FIRST_PAUSE_MS = 300
const LONGEST_PAUSE_MS = 3000
/** Each look that needs CKAN asks for so many uploads. */
const CALLS_AT_ONCE = 8

/** The state of an upload as the gateway tells it. */
interface Seen {
  readonly id: string
  readonly state?: string
  readonly reason?: string
  readonly error?: string
}

export interface Watching {
  /** The client for the upload of a resource. The client for no resource asks without CKAN. */
  senderFor(resource?: string): Sender
  arrived(): readonly Transfer[]
  readonly onChange: (transfer: Transfer) => void
  readonly signal: AbortSignal
}

/** Waits until every file that has arrived is linked or has failed. Asks once for all files, without CKAN. */
export async function watch(watching: Watching): Promise<void> {
  const { arrived, signal } = watching
  let pauseMs = FIRST_PAUSE_MS
  for (let pending = arrived(); pending.length > 0 && !signal.aborted; pending = arrived()) {
    const seen = await look(watching, pending).catch(() => [])
    for (const transfer of pending) settle(watching, transfer, seen)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
  }
}

function settle({ onChange }: Watching, transfer: Transfer, seen: readonly Seen[]): void {
  const found = seen.find(({ id }) => id === transfer.begun?.id)
  if (found === undefined || found.state === 'issued') return
  if (found.state === 'scanning') {
    // A virus scanner has to look at the file first, which may take minutes.
    if (transfer.reason === found.reason) return
    transfer.reason = found.reason
    onChange(transfer)
    return
  }
  if (found.state === 'proposed') {
    transfer.state = 'proposed'
    onChange(transfer)
    return
  }
  const isLinked = found.state === 'linked' || found.state === 'loaded'
  transfer.state = isLinked ? 'linked' : 'failed'
  transfer.reason = isLinked ? undefined : (found.reason ?? found.error ?? found.state)
  onChange(transfer)
}

async function look({ senderFor, signal }: Watching, pending: readonly Transfer[]): Promise<readonly Seen[]> {
  const begun = pending.flatMap(({ begun }) => begun ?? [])
  const keyed = begun.flatMap(({ id, statusKey: key }) => (key === undefined ? [] : [{ id, key }]))
  const statuses = await senderFor().statuses(keyed, { signal })
  const unknown = begun.filter(({ id }) => !statuses.has(id)).slice(0, CALLS_AT_ONCE)
  const shown = await Promise.all(unknown.map(({ id, resource }) => show(senderFor(resource), id)))
  return [...[...statuses].map(([id, status]) => ({ id, ...status })), ...shown]
}

/** Asks CKAN, for uploads that the gateway does not show by a status key. */
async function show(uplink: Sender, id: string): Promise<Seen> {
  try {
    const { state, reason } = await uplink.show(id)
    return { id, state, ...(reason !== undefined && { reason }) }
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return { id, state: 'failed', error: thrown.message }
    throw thrown
  }
}
