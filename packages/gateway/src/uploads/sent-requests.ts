import { sha256Hex } from '@ckan-uplink/core/support'
import { keepSentRequest, readSentRequest, type SentRequest, sentRequestKey } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { createSecret } from './status-keys.ts'

/** One attempt of a request for many uploads. */
export interface Attempt {
  /** The time of an earlier attempt that got as far as its uploads. */
  readonly firstAt: number | undefined
  /** Notes the request, and returns the note of the first attempt: the ids of its uploads hold its time. */
  keep(): Promise<SentRequest>
}

/** Throws `RefusedError` for a request that was sent before with other content. */
export async function findAttempt(
  { store, clock }: GatewayDeps,
  caller: KnownCaller,
  { datasetId, request, content }: { readonly datasetId: string; readonly request: string; readonly content: unknown },
): Promise<Attempt> {
  const key = sentRequestKey(caller.id, await sha256Hex(JSON.stringify([datasetId, request])))
  const digest = await sha256Hex(JSON.stringify(content))
  const before = await readSentRequest(store, key)
  checkSame(before)
  return {
    firstAt: before?.at,
    async keep() {
      const kept =
        before ?? (await keepSentRequest(store, key, { at: clock.now().getTime(), digest, secret: createSecret() }))
      checkSame(kept)
      return kept
    },
  }

  function checkSame(sent: typeof before): void {
    if (sent !== undefined && sent.digest !== digest)
      throw refusal({ request: ['Was already sent with other files: use a new UUID'] })
  }
}
