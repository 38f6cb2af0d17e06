import { messageOf } from '@ckan-uplink/core'
import { print } from './status.ts'
import type { Work } from './work.ts'

/** Waits for all uploads at the same time, and prints each change of state. Returns the number of failures. */
export async function watchUploads(
  ids: readonly string[],
  { for: goal, timeout }: { readonly for: 'linked' | 'loaded'; readonly timeout: number },
  work: Work,
): Promise<number> {
  const watched = ids.map(async (id) => {
    let last = ''
    try {
      await work.uplink.waitFor(id, goal, {
        timeoutMs: timeout * 1000,
        signal: work.signal,
        onLook(upload) {
          const now = `${upload.state} ${upload.load?.status}`
          if (now !== last && upload.state !== 'failed') print(upload, work)
          last = now
        },
      })
      return true
    } catch (thrown) {
      work.printer.failure({ id, reason: messageOf(thrown) }, id)
      return false
    }
  })
  return (await Promise.all(watched)).filter((isReached) => !isReached).length
}
