import { UplinkError } from '@ckan-uplink/core'
import { reasonOf } from './actions.ts'
import type { SignedPut, Transport } from './transports.ts'
import type { Gate } from './upload-options.ts'

export interface PutOptions {
  readonly transport: Transport
  readonly gate?: Gate | undefined
  /** An attempt that sends nothing for this long is aborted. */
  readonly stallMs: number
  readonly signal?: AbortSignal | undefined
  /** Receives the number of bytes sent so far. */
  readonly onSent: (bytes: number) => void
}

/** Temporary failures of S3, R2 and Blob Storage. S3 answers 409 during a concurrent write to the same key. */
const TEMPORARY_STATUSES = [408, 409, 429, 500, 502, 503, 504]
/** S3 answers 400 with this code if the body arrives too slowly. */
const SLOW = /<Code>RequestTimeout</u

/**
 * In bytes per millisecond. Without progress events, a stalled attempt looks like a slow one: slower attempts are
 * aborted.
 */
const SLOWEST = 16

const now: Gate = (_bytes, send) => send()

/**
 * Puts the bytes to a pre-signed URL. Throws an `UplinkError` with code `store`, retryable if another attempt may help,
 * or with code `source` if the file cannot be read or changed. Throws the signal's reason if the signal is aborted.
 */
export function put(signed: SignedPut, body: Blob, options: PutOptions): Promise<void> {
  return (options.gate ?? now)(body.size, () => putNow(signed, body, options))
}

async function putNow(signed: SignedPut, body: Blob, options: PutOptions): Promise<void> {
  const { transport, stallMs, signal, onSent } = options
  signal?.throwIfAborted()
  const stalled = new AbortController()
  const patienceMs = transport.counts ? stallMs : stallMs + body.size / SLOWEST
  let timer = setTimeout(() => stalled.abort(), patienceMs)
  const keepGoing = (bytes: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => stalled.abort(), patienceMs)
    onSent(bytes)
  }
  // The type of a `File` would be sent as a header that is not signed.
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
        'The file cannot be read, or changed while it was read: upload it again.',
        false,
        { cause: thrown },
      )
    const reason = stalled.signal.aborted ? `no byte was sent for ${patienceMs / 1000} s` : reasonOf(thrown)
    throw new UplinkError('store', `The store could not be reached, or closed the connection: ${reason}`, true, {
      cause: thrown,
    })
  } finally {
    clearTimeout(timer)
  }
}

function refusal(status: number, text: string): UplinkError {
  const code = /<Code>(\w+)<\/Code>/u.exec(text)?.[1]
  const retryable = TEMPORARY_STATUSES.includes(status) || SLOW.test(text)
  return new UplinkError(
    'store',
    `The store refused the upload with status ${status}${code === undefined ? '' : ` (${code})`}.`,
    retryable,
    {
      details: { status, code },
    },
  )
}

/** Whether the file can be read. Not every transport reports that reading the file failed. */
async function isReadable(body: Blob): Promise<boolean> {
  try {
    await body.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}
