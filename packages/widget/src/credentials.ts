import { NotFoundError } from '@ckan-uplink/client'

/** A grant lives for five minutes. */
const RENEW_AFTER_MS = 240_000

/** The page's function gave no token: the person is no longer signed in. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError'
}

/** Gives the token of the page's function, and asks the function again before the token can expire. */
export function createToken(getToken: () => Promise<string>, now: () => number = Date.now): () => Promise<string> {
  let asked: Promise<string> | undefined
  let askedAt = 0
  return () => {
    if (asked === undefined || now() - askedAt > RENEW_AFTER_MS) {
      askedAt = now()
      asked = getToken().catch((cause: unknown) => {
        asked = undefined
        if (cause instanceof NotFoundError) throw cause
        throw new SignedOutError(cause instanceof Error ? cause.message : String(cause), { cause })
      })
    }
    return asked
  }
}
