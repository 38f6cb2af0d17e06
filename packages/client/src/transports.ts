/** A pre-signed URL and the headers that were signed. */
export interface SignedPut {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** The answer of the store. */
interface StoreAnswer {
  readonly status: number
  readonly text: string
}

/** A way to send bytes. Rejects if the connection breaks or the signal is aborted. */
export interface Transport {
  /** Whether `onSent` is called while bytes are sent, not only at the end. */
  readonly counts: boolean
  send(signed: SignedPut, body: Blob, signal: AbortSignal, onSent: (bytes: number) => void): Promise<StoreAnswer>
}

interface StreamingInit extends RequestInit {
  readonly duplex?: 'half'
}

/**
 * Only Node takes a stream's length from the header. Browsers cannot send a stream of known length:
 * https://fetch.spec.whatwg.org/#request-class
 */
const IS_NODE = globalThis.navigator?.userAgent?.startsWith('Node.js/') ?? false

/** Browsers report progress only with `XMLHttpRequest`. A given `fetch` is always used, even without progress. */
export function chooseTransport(own: typeof fetch | undefined): Transport {
  if (own === undefined && typeof XMLHttpRequest === 'function') return { counts: true, send: sendByXhr }
  return byFetch(own ?? ((input, init) => fetch(input, init)))
}

function byFetch(send: typeof fetch): Transport {
  return {
    counts: IS_NODE,
    async send({ url, headers }, body, signal, onSent) {
      const payload: StreamingInit =
        IS_NODE && body.size > 0
          ? {
              headers: { ...headers, 'Content-Length': String(body.size) },
              body: body.stream().pipeThrough(counter(onSent)),
              duplex: 'half',
            }
          : { headers, body }
      const response = await send(url, { method: 'PUT', signal, ...payload })
      return { status: response.status, text: await response.text() }
    },
  }
}

function counter(onSent: (bytes: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let sent = 0
  return new TransformStream({
    transform(chunk, controller) {
      sent += chunk.byteLength
      onSent(sent)
      controller.enqueue(chunk)
    },
  })
}

function sendByXhr(
  { url, headers }: SignedPut,
  body: Blob,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<StoreAnswer> {
  const request = new XMLHttpRequest()
  const abort = () => request.abort()
  return new Promise<StoreAnswer>((resolve, reject) => {
    request.open('PUT', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => onSent(loaded)
    request.onload = () => resolve({ status: request.status, text: request.responseText })
    request.onerror = () => reject(new TypeError('the browser gives no reason'))
    request.onabort = () => reject(signal.reason)
    signal.throwIfAborted()
    signal.addEventListener('abort', abort)
    request.send(body)
  }).finally(() => signal.removeEventListener('abort', abort))
}
