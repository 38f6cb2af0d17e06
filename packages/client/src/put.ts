import { UplinkError } from '@ckan-uplink/core'
import { reasonOf } from './actions.ts'

export interface PutOptions {
  readonly fetch: typeof fetch
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

interface StreamingInit extends RequestInit {
  readonly duplex?: 'half'
}

/** Passing troubles of S3, R2 and Blob Storage; 409 of S3 is a neighbour's write under way. */
const PASSING_STATUSES = [408, 409, 429, 500, 502, 503, 504]
/** S3 says so with 400 when a body came too slowly. */
const SLOW = /<Code>RequestTimeout</u

/**
 * Node takes a stream's length from the header, and so can tell how much has gone. Browsers send no stream of a known length,
 * and tell when all of it has: https://developer.mozilla.org/docs/Web/API/RequestInit#body
 */
const COUNTS_BYTES = globalThis.navigator?.userAgent?.startsWith('Node.js/') ?? false

/**
 * Puts the bytes where a signed URL says. Throws an `UplinkError` of code `store`, retryable where another attempt may help; of
 * code `source` when the file can't be read, or was changed; the signal's reason when that is aborted.
 */
export async function put({ url, headers }: SignedPut, body: Blob, options: PutOptions): Promise<void> {
  const { fetch: send, stallMs, signal, onSent } = options
  const stalled = new AbortController()
  let timer = setTimeout(() => stalled.abort(), stallMs)
  const keepGoing = (bytes: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => stalled.abort(), stallMs)
    onSent(bytes)
  }
  try {
    const signals = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal
    const response = await send(url, { method: 'PUT', signal: signals, ...payload(body, headers, keepGoing) })
    const text = await response.text()
    if (!response.ok) throw refusal(response.status, text)
    onSent(body.size)
  } catch (thrown) {
    signal?.throwIfAborted()
    if (thrown instanceof UplinkError) throw thrown
    if (isUnreadable(thrown))
      throw new UplinkError('source', 'The file cannot be read, or was changed while it was read: upload it again.', false, { cause: thrown })
    const reason = stalled.signal.aborted ? `nothing went for ${stallMs / 1000} s` : reasonOf(thrown)
    throw new UplinkError('store', `The store could not be reached, or broke off: ${reason}`, true, { cause: thrown })
  } finally {
    clearTimeout(timer)
  }
}

/** The type of a `File` would be sent as a header that isn't signed. */
function payload(body: Blob, headers: SignedPut['headers'], onSent: (bytes: number) => void): StreamingInit {
  const bytes = body.slice(0, body.size, '')
  if (!COUNTS_BYTES || body.size === 0) return { headers, body: bytes }
  let sent = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent += chunk.byteLength
      onSent(sent)
      controller.enqueue(chunk)
    },
  })
  return { headers: { ...headers, 'Content-Length': String(body.size) }, body: bytes.stream().pipeThrough(counter), duplex: 'half' }
}

function refusal(status: number, text: string): UplinkError {
  const code = /<Code>(\w+)<\/Code>/u.exec(text)?.[1]
  const retryable = PASSING_STATUSES.includes(status) || SLOW.test(text)
  return new UplinkError('store', `The store refused the upload with status ${status}${code === undefined ? '' : ` (${code})`}.`, retryable, {
    details: { status, code },
  })
}

function isUnreadable(thrown: unknown): boolean {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) if (cause.name === 'NotReadableError') return true
  return false
}
