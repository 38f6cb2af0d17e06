import { UplinkError } from '@ckan-uplink/core'
import { reasonOf } from './actions.ts'
import type { Transport } from './transports.ts'

export interface PutOptions {
  readonly transport: Transport
  /** An attempt of which nothing is sent for so long is given up. */
  readonly stallMs: number
  readonly signal?: AbortSignal | undefined
  /** Bytes that have gone so far. */
  readonly onSent: (bytes: number) => void
}

export interface SignedPut {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Passing troubles of S3, R2 and Blob Storage; 409 of S3 is a neighbour's write under way. */
const PASSING_STATUSES = [408, 409, 429, 500, 502, 503, 504]
/** S3 says so with 400 when a body came too slowly. */
const SLOW = /<Code>RequestTimeout</u

/** Where it isn't told how much has gone, the stalled can't be told from the slow: this slow is given up, in bytes per millisecond. */
const SLOWEST = 16

/**
 * Puts the bytes where a signed URL says. Throws an `UplinkError` of code `store`, retryable where another attempt may help; of
 * code `source` when the file can't be read, or was changed; the signal's reason when that is aborted.
 */
export async function put(signed: SignedPut, body: Blob, options: PutOptions): Promise<void> {
  const { transport, stallMs, signal, onSent } = options
  const stalled = new AbortController()
  const patienceMs = transport.counts ? stallMs : stallMs + body.size / SLOWEST
  let timer = setTimeout(() => stalled.abort(), patienceMs)
  const keepGoing = (bytes: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => stalled.abort(), patienceMs)
    onSent(bytes)
  }
  // The type of a `File` would be sent as a header that isn't signed.
  const bytes = body.slice(0, body.size, '')
  try {
    const { status, text } = await transport.send(
      signed,
      bytes,
      signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
      keepGoing,
    )
    if (status < 200 || status > 299) throw refusal(status, text)
    onSent(body.size)
  } catch (thrown) {
    signal?.throwIfAborted()
    if (thrown instanceof UplinkError) throw thrown
    if (!(await isReadable(body)))
      throw new UplinkError(
        'source',
        'The file cannot be read, or was changed while it was read: upload it again.',
        false,
        { cause: thrown },
      )
    const reason = stalled.signal.aborted ? `nothing went for ${patienceMs / 1000} s` : reasonOf(thrown)
    throw new UplinkError('store', `The store could not be reached, or broke off: ${reason}`, true, { cause: thrown })
  } finally {
    clearTimeout(timer)
  }
}

function refusal(status: number, text: string): UplinkError {
  const code = /<Code>(\w+)<\/Code>/u.exec(text)?.[1]
  const retryable = PASSING_STATUSES.includes(status) || SLOW.test(text)
  return new UplinkError(
    'store',
    `The store refused the upload with status ${status}${code === undefined ? '' : ` (${code})`}.`,
    retryable,
    {
      details: { status, code },
    },
  )
}

/** Not every way of sending says that it was the file. */
async function isReadable(body: Blob): Promise<boolean> {
  try {
    await body.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}
