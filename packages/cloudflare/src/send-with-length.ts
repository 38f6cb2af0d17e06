/**
 * A stream with a known length:
 * https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream
 */
declare const FixedLengthStream: new (length: number) => TransformStream<Uint8Array, Uint8Array>

/**
 * Calls `fetch` with `Content-Length`. On Workers, `fetch` ignores that header for a stream and sends it in chunks,
 * unless the stream itself has a length.
 */
export const sendWithLength: typeof fetch = (input, init) => {
  const length = new Headers(init?.headers).get('Content-Length')
  if (length === null || !(init?.body instanceof ReadableStream)) return fetch(input, init)
  const { readable, writable } = new FixedLengthStream(Number(length))
  // When the body ends too early, the request itself fails.
  init.body.pipeTo(writable).catch(() => {})
  return fetch(input, { ...init, body: readable })
}
