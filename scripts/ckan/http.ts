/** The JSON of an answer, or undefined when there is none within the time or it isn't 200. */
export const fetchJson = async (url: string, timeoutMs = 10_000): Promise<unknown> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}
