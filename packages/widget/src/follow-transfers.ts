import type { Sender } from './prepare.ts'
import type { Transfer } from './transfer.ts'
import { watch } from './watch.ts'

interface Following {
  readonly list: readonly Transfer[]
  readonly waitFor: Sender['waitFor']
  readonly senderFor: (resource?: string) => Sender
  /** Whether to follow a linked table until a loader has loaded it. That asks CKAN. */
  readonly followLoads: boolean
  readonly onChange: (transfer: Transfer) => void
  readonly signal: AbortSignal
}

/** Returns a function that follows the arrived files until none is left. While it runs, further calls do nothing. */
export function createFollower({ list, waitFor, senderFor, followLoads, onChange, signal }: Following) {
  let isWatching = false

  async function follow(): Promise<void> {
    if (isWatching) return
    isWatching = true
    const arrived = () => list.filter(({ state }) => state === 'arrived')
    const onSettled = (transfer: Transfer) => {
      onChange(transfer)
      if (followLoads && transfer.state === 'linked') void followLoad(transfer)
    }
    await watch({ senderFor, arrived, onChange: onSettled, signal })
    isWatching = false
    if (arrived().length > 0 && !signal.aborted) void follow()
  }

  async function followLoad(transfer: Transfer): Promise<void> {
    const waiting = { signal }
    const shown = await waitFor(transfer.begun?.id ?? '', 'loaded', waiting).catch(String)
    if (typeof shown === 'string') transfer.reason = shown.replace(/^\w+: /u, '')
    else if (shown.state === 'loaded') transfer.state = 'loaded'
    if (!signal.aborted) onChange(transfer)
  }

  return follow
}
