/** A stream that tells its length: https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream */
declare const FixedLengthStream: new (length: number) => TransformStream<Uint8Array, Uint8Array>

/** `fetch`, which on Workers sends a stream in chunks, whatever `Content-Length` says, unless the stream itself has a length. */
export const sendWithLength: typeof fetch = (input, init) => {
  const length = new Headers(init?.headers).get('Content-Length')
  if (length === null || !(init?.body instanceof ReadableStream)) return fetch(input, init)
  const { readable, writable } = new FixedLengthStream(Number(length))
  // A body that breaks off fails the request itself.
  init.body.pipeTo(writable).catch(() => {})
  return fetch(input, { ...init, body: readable })
}
