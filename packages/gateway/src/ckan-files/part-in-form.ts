import { type Chunks, chunksOf, MAX_MULTIPART_BYTES, MAX_SHORT_BYTES } from '../http/body.ts'

/** The field `id` of a form, wherever clients put its headers. */
const ID = /\bname="?id"?[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]*)\r\n/iu

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
  const id = await findId(chunksOf(withBody(request, seen), MAX_MULTIPART_BYTES))
  return { id, whole: withBody(request, kept) }
}

async function findId(chunks: Chunks): Promise<string | undefined> {
  const decoder = new TextDecoder('latin1')
  let text = ''
  for await (const chunk of chunks) {
    text += decoder.decode(chunk.subarray(0, MAX_SHORT_BYTES))
    const id = ID.exec(text)?.[1]
    if (id !== undefined || text.length >= MAX_SHORT_BYTES) return id
  }
  return undefined
}

/** Node takes a stream only with `duplex`. */
function withBody({ url, method, headers }: Request, body: ReadableStream): Request {
  const init: RequestInit & { readonly duplex: 'half' } = { method, headers, body, duplex: 'half' }
  return new Request(url, init)
}
