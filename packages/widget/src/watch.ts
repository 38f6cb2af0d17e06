import { NotFoundError } from '@ckan-uplink/client'
import type { Sender } from './prepare.ts'
import type { Transfer } from './transfer.ts'

const FIRST_PAUSE_MS = 300
const LONGEST_PAUSE_MS = 3000
const MOST = 1000
const TIMEOUT_MS = 30_000

/** The state of an upload as the gateway tells it. */
interface Seen {
  readonly id: string
  readonly state?: string
  readonly reason?: string
  readonly error?: string
}

export interface Watching {
  readonly uplink: Sender
  /** Without a slash at the end. */
  readonly gateway: string
  arrived(): readonly Transfer[]
  readonly onChange: (transfer: Transfer) => void
  readonly signal: AbortSignal
}

/** Waits until every file that has arrived is linked or has failed. Asks once for all files, without CKAN. */
export async function watch(watching: Watching): Promise<void> {
  const { arrived, signal } = watching
  let pauseMs = FIRST_PAUSE_MS
  for (let pending = arrived(); pending.length > 0 && !signal.aborted; pending = arrived()) {
    const seen = await look(watching, pending.slice(0, MOST)).catch(() => [])
    for (const transfer of pending) settle(watching, transfer, seen)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
  }
}

function settle({ onChange }: Watching, transfer: Transfer, seen: readonly Seen[]): void {
  const found = seen.find(({ id }) => id === transfer.begun?.id)
  if (found === undefined || found.state === 'issued') return
  const isLinked = found.state === 'linked' || found.state === 'loaded'
  transfer.state = isLinked ? 'linked' : 'failed'
  transfer.reason = isLinked ? undefined : (found.reason ?? found.error ?? found.state)
  onChange(transfer)
}

async function look(watching: Watching, pending: readonly Transfer[]): Promise<readonly Seen[]> {
  const keyed = pending.flatMap(({ begun }) => (begun?.statusKey ? [{ id: begun.id, key: begun.statusKey }] : []))
  const others = pending.flatMap(({ begun }) => (begun === undefined || begun.statusKey ? [] : [begun.id]))
  const shown = await Promise.all([
    keyed.length === 0 ? [] : askStatuses(watching, keyed),
    ...others.map(async (id) => [await show(watching, id)]),
  ])
  return shown.flat()
}

async function askStatuses(
  { gateway, signal }: Watching,
  uploads: readonly { readonly id: string; readonly key: string }[],
): Promise<readonly Seen[]> {
  const response = await fetch(`${gateway}/uploads/status`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ uploads }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  if (!response.ok) return []
  const answer: { readonly uploads: readonly Seen[] } = await response.json()
  return answer.uploads
}

/** For uploads without a status key. */
async function show({ uplink }: Watching, id: string): Promise<Seen> {
  try {
    const { state, reason } = await uplink.show(id)
    return { id, state, ...(reason !== undefined && { reason }) }
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return { id, state: 'failed', error: thrown.message }
    throw thrown
  }
}
