import type { GatewayDeps } from '../../deps.ts'
import { type Chunks, collect, MAX_OWN_BYTES, only } from '../body.ts'
import { tokenOf } from '../caller.ts'
import { kindOfBody } from '../clean/rules.ts'
import { renewBody } from './renew-body.ts'
import { createStaleFields } from './stale-fields.ts'

/** A body on its way to CKAN. */
export interface Outgoing {
  readonly length: number
  readonly chunks: Chunks
  readonly contentType: string
}

/** The actions that change a resource which exists. */
const CHANGES = /_(?:update|patch|revise)$/u

/**
 * Callers send the answer of `resource_create` back, with one field changed. By then the file may have arrived, and the
 * answer's empty URL would replace the URL of the file. This replaces it by what CKAN shows. It holds bodies of at most
 * 1 MiB.
 */
export function createRenewal(deps: GatewayDeps) {
  const findChanges = createStaleFields(deps)
  return async (action: string, { headers }: Request, outgoing: Outgoing): Promise<Outgoing> => {
    const token = tokenOf(headers)
    if (token === undefined || !CHANGES.test(action) || kindOfBody(action) === 'other') return outgoing
    if (outgoing.length > MAX_OWN_BYTES) return outgoing
    const content = { contentType: outgoing.contentType, bytes: await collect(outgoing.chunks) }
    const { bytes, contentType } = mayHaveOurs(content.bytes)
      ? await renewBody(action, content, (resource) => findChanges(action, resource, token))
      : content
    return { length: bytes.length, chunks: only(bytes), contentType }
  }
}

function mayHaveOurs(bytes: Uint8Array): boolean {
  return /presigned_url|"upload"/u.test(new TextDecoder('latin1').decode(bytes))
}
