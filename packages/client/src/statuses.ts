import { isObject, parseJson } from '@ckan-uplink/core/support'
import type { Connection } from './actions.ts'
import type { ShownUpload } from './upload-answers.ts'

/** An upload and its `status_key`. */
export interface KeyedUpload {
  readonly id: string
  readonly key: string
}

/** The state of an upload as far as the gateway tells it without CKAN. */
export interface UploadStatus {
  readonly state: ShownUpload['state']
  /** Why it failed. */
  readonly reason?: string
}

/** Statuses by upload id. */
export type Statuses = ReadonlyMap<string, UploadStatus>

export type ShowStatuses = (
  uploads: readonly KeyedUpload[],
  options?: { readonly signal?: AbortSignal | undefined },
) => Promise<Statuses>

const MOST = 1000
/** For platforms that limit what one request may do. The gateway refuses requests with more than 20 unknown uploads. */
const FEW = 20
const TIMEOUT_MS = 30_000

type Answer = Statuses | 'no route' | 'refused' | 'failure'

/** Asks for many uploads in one request. Once a large request was refused, all requests are small. */
export function createShowStatuses(connection: Pick<Connection, 'gateway' | 'fetch'>): ShowStatuses {
  let most = MOST

  async function showSome(uploads: readonly KeyedUpload[], signal: AbortSignal | undefined): Promise<Statuses> {
    const answer = await post(connection, uploads, signal)
    if (answer === 'no route') return new Map()
    if (typeof answer === 'object') return answer
    if (uploads.length > FEW) {
      most = FEW
      return showAll(uploads, signal)
    }
    // A small request that is refused shows nothing. One without an answer may have one at the next look.
    return new Map(answer === 'refused' ? [] : uploads.map(({ id }) => [id, { state: 'issued' }]))
  }

  async function showAll(uploads: readonly KeyedUpload[], signal: AbortSignal | undefined): Promise<Statuses> {
    const statuses: [string, UploadStatus][] = []
    for (let at = 0; at < uploads.length; ) {
      const some = uploads.slice(at, at + most)
      at += some.length
      statuses.push(...(await showSome(some, signal)))
    }
    return new Map(statuses)
  }

  return (uploads, { signal } = {}) => showAll(uploads, signal)
}

async function post(
  { gateway, fetch: send }: Pick<Connection, 'gateway' | 'fetch'>,
  uploads: readonly KeyedUpload[],
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const response = await send(`${gateway}/uploads/status`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ uploads }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const text = await response.text()
    if (response.status === 404 || response.status === 405) return 'no route'
    if (response.status === 403) return 'refused'
    return response.ok ? readStatuses(text) : 'failure'
  } catch {
    signal?.throwIfAborted()
    return 'failure'
  }
}

/** An upload in the answer. The state is missing if the gateway does not know the upload. */
interface Told extends Partial<UploadStatus> {
  readonly id: string
}

function readStatuses(text: string): Statuses {
  const body = parseJson(text)
  const uploads: readonly Told[] = isObject(body) && Array.isArray(body['uploads']) ? body['uploads'] : []
  return new Map(
    uploads.flatMap(({ id, state, reason }) => (state ? [[id, { state, ...(reason && { reason }) }]] : [])),
  )
}
