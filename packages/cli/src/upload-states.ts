import { isObject, parseJson } from '@ckan-uplink/core/support'
import type { SentFile } from './kept-requests.ts'
import type { Work } from './work.ts'

/** States by upload id. */
type States = ReadonlyMap<string, string>

/** The states of uploads as far as the gateway knows them without CKAN. */
export type ShowStates = (files: readonly SentFile[]) => Promise<States>

const MOST = 1000
/** For platforms that limit what one request may do. The gateway refuses requests with more than 20 unknown uploads. */
const FEW = 20
const TIMEOUT_MS = 30_000

/**
 * Asks for many uploads in one request, by their status keys. An upload without a key, or that the gateway does not find,
 * is missing in the result. Without a proper answer, an upload counts as `issued` until the next look.
 */
export function createShowStates(work: Pick<Work, 'gateway' | 'signal'>): ShowStates {
  let most = MOST

  async function showSome(files: readonly SentFile[]): Promise<States> {
    const answer = await post(files, work)
    if (answer.kind === 'no route') return new Map()
    if (answer.kind === 'states') return answer.states
    if (files.length <= FEW) return stateOfAll(files, answer)
    most = FEW
    return showAll(files)
  }

  async function showAll(files: readonly SentFile[]): Promise<States> {
    const states: [string, string][] = []
    for (let at = 0; at < files.length; ) {
      const some = files.slice(at, at + most)
      at += some.length
      states.push(...(await showSome(some)))
    }
    return new Map(states)
  }

  return (files) => showAll(files.filter(({ key }) => key !== undefined))
}

type Answer =
  | { readonly kind: 'states'; readonly states: States }
  | { readonly kind: 'no route' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failure' }

/** A small request that is refused shows nothing. One without an answer may have one at the next look. */
function stateOfAll(files: readonly SentFile[], { kind }: Answer): States {
  return kind === 'refused' ? new Map() : new Map(files.map(({ upload }) => [upload, 'issued']))
}

async function post(
  files: readonly SentFile[],
  { gateway, signal }: Pick<Work, 'gateway' | 'signal'>,
): Promise<Answer> {
  const uploads = files.map(({ upload, key }) => ({ id: upload, key }))
  try {
    const response = await fetch(`${gateway}/uploads/status`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ uploads }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const text = await response.text()
    if (response.status === 404 || response.status === 405) return { kind: 'no route' }
    if (response.status === 403) return { kind: 'refused' }
    return response.ok ? { kind: 'states', states: readStates(text) } : { kind: 'failure' }
  } catch {
    signal.throwIfAborted()
    return { kind: 'failure' }
  }
}

function readStates(text: string): States {
  const body = parseJson(text)
  const uploads = isObject(body) && Array.isArray(body['uploads']) ? body['uploads'] : []
  return new Map(uploads.flatMap(({ id, state }) => (typeof state === 'string' ? [[String(id), state]] : [])))
}
