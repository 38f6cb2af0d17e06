type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Cloudflare's API: https://developers.cloudflare.com/api/ */
export interface CloudflareApi {
  /** Returns the result. Throws Cloudflare's own message when it refuses. */
  call<T>(method: Method, path: string, body?: unknown): Promise<T>
  /** Returns the result of a GET, or `undefined` if there is nothing at the path. */
  find<T>(path: string): Promise<T | undefined>
  /** All items of a list that comes in pages. */
  list<T>(path: string): Promise<readonly T[]>
}

interface Envelope<T> {
  readonly success: boolean
  readonly errors?: readonly { readonly message: string }[]
  readonly result: T
  readonly result_info?: { readonly total_pages?: number }
}

const TIMEOUT_MS = 30_000

export function createApi({ url, token }: { readonly url: string; readonly token: string }): CloudflareApi {
  function send(method: Method, path: string, body?: unknown): Promise<Response> {
    return fetch(`${url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  async function open<T>(response: Response, method: Method, path: string): Promise<Envelope<T>> {
    const envelope: Envelope<T> = await response.json()
    if (envelope.success) return envelope
    const reasons = (envelope.errors ?? []).map(({ message }) => message).join('; ')
    throw new Error(`Cloudflare refuses ${method} ${path}: ${response.status} ${reasons}`.trimEnd())
  }
  return {
    call: async <T>(method: Method, path: string, body?: unknown) =>
      (await open<T>(await send(method, path, body), method, path)).result,
    async find<T>(path: string) {
      const response = await send('GET', path)
      return response.status === 404 ? undefined : (await open<T>(response, 'GET', path)).result
    },
    async list<T>(path: string) {
      const items: T[] = []
      for (let page = 1, pages = 1; page <= pages; page += 1) {
        const pagePath = `${path}?per_page=50&page=${page}`
        const { result, result_info } = await open<readonly T[]>(await send('GET', pagePath), 'GET', pagePath)
        items.push(...result)
        pages = result_info?.total_pages ?? 1
      }
      return items
    },
  }
}
