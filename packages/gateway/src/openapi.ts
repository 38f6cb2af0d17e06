import { OPENAPI_GZIP } from './openapi-gzip.ts'

/** The gateway's OpenAPI 3.1 document, its servers left open. */
export async function readDescription(): Promise<Readonly<Record<string, unknown>>> {
  const compressed = Uint8Array.from(atob(OPENAPI_GZIP), (character) => character.charCodeAt(0))
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream).json()
}
