import { MultipartParseError, MultipartParser } from '@remix-run/multipart-parser'
import { boundaryOf, type Chunks, chunksOf, collect, MAX_MULTIPART_BYTES, MAX_SHORT_BYTES } from '../http/body.ts'

/** A form that may be too large to be held. */
export interface PeekedForm {
  /** The field `id`, if it stands at the beginning. */
  readonly id: string | undefined
  /** The same request with its whole body. */
  readonly whole: Request
}

/** Reads the beginning of a form with a part of a file in it. */
export async function peekAtForm(request: Request): Promise<PeekedForm> {
  if (request.body === null) return { id: undefined, whole: request }
  const [seen, kept] = request.body.tee()
  const beginning = await collect(beginningOf(chunksOf(withBody(request, seen), MAX_MULTIPART_BYTES)))
  const boundary = boundaryOf(request.headers.get('Content-Type') ?? '')
  return { id: boundary === undefined ? undefined : idIn(beginning, boundary), whole: withBody(request, kept) }
}

async function* beginningOf(chunks: Chunks): Chunks {
  let left = MAX_SHORT_BYTES
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.byteLength
    if (left <= 0) return
  }
}

function idIn(beginning: Uint8Array<ArrayBuffer>, boundary: string): string | undefined {
  try {
    for (const part of new MultipartParser(boundary).write(beginning)) if (part.name === 'id') return part.text
  } catch (thrown) {
    // CKAN names the fault of the form.
    if (!(thrown instanceof MultipartParseError)) throw thrown
  }
  return undefined
}

/** Node takes a stream only with `duplex`. */
function withBody({ url, method, headers }: Request, body: ReadableStream): Request {
  const init: RequestInit & { readonly duplex: 'half' } = { method, headers, body, duplex: 'half' }
  return new Request(url, init)
}
