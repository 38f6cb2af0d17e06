import { messageOf } from '@ckan-uplink/core'
import type { Work } from './work.ts'

/** Withdraws files that CKAN no longer shows. Returns the number of failures. */
export async function removeUploads(
  ids: readonly string[],
  { reason }: { readonly reason: string },
  { uplink, printer }: Work,
): Promise<number> {
  let failures = 0
  for (const id of ids) {
    try {
      const { upload, bytes } = await uplink.remove(id, reason)
      printer.result(
        { ...upload, bytes },
        `${id}  ${upload.state}  ${upload.declared.name ?? ''}  Stored bytes: ${bytes}`,
      )
    } catch (thrown) {
      failures += 1
      printer.failure({ id, reason: messageOf(thrown) }, id)
    }
  }
  return failures
}
