/** The JSON of an answer, or undefined if there is no answer with 200 in time. */
export const fetchJson = async (url: string, timeoutMs = 10_000): Promise<unknown> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}
