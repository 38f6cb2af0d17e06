const MAX_REDIRECTS = 5

interface Options {
  /** Only these origins get the token. */
  readonly own: readonly string[]
  readonly tokenHeaders: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * Follows redirects without the token: `fetch` itself drops only `Authorization`, and some sites use another header.
 */
export async function fetchWithToken(address: URL, { own, tokenHeaders, signal }: Options): Promise<Response> {
  let url = address
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const headers = own.includes(url.origin) ? tokenHeaders : {}
    const response = await fetch(url, { headers, signal, redirect: 'manual' })
    const location = response.headers.get('Location')
    if (response.status < 300 || response.status > 399 || location === null) return response
    await response.body?.cancel()
    url = new URL(location, url)
  }
  throw new Error(`${address.origin} redirects more than ${MAX_REDIRECTS} times.`)
}
