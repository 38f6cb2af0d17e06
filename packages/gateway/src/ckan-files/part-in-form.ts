import { boundaryOf, type Chunks, chunksOf, MAX_MULTIPART_BYTES, MAX_SHORT_BYTES } from '../http/body.ts'

const NAMED_ID = /\bname="?id"?[ \t]*(?:;|\r|$)/iu

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
  const beginning = await readBeginning(chunksOf(withBody(request, seen), MAX_MULTIPART_BYTES))
  const boundary = boundaryOf(request.headers.get('Content-Type') ?? '')
  return {
    id: boundary === undefined ? undefined : idIn(beginning.split(`--${boundary}`)),
    whole: withBody(request, kept),
  }
}

async function readBeginning(chunks: Chunks): Promise<string> {
  const decoder = new TextDecoder('latin1')
  let text = ''
  for await (const chunk of chunks) {
    text += decoder.decode(chunk.subarray(0, MAX_SHORT_BYTES))
    if (text.length >= MAX_SHORT_BYTES) break
  }
  return text
}

function idIn(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    const end = part.indexOf('\r\n\r\n')
    if (end !== -1 && NAMED_ID.test(part.slice(0, end))) return part.slice(end + 4).split('\r\n', 1)[0]
  }
  return undefined
}

/** Node takes a stream only with `duplex`. */
function withBody({ url, method, headers }: Request, body: ReadableStream): Request {
  const init: RequestInit & { readonly duplex: 'half' } = { method, headers, body, duplex: 'half' }
  return new Request(url, init)
}
