import { UnavailableError } from '@ckan-uplink/core'

/** Reads the whole body as text. Stops and throws `UnavailableError` when it is longer than `maxBytes`. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    bytes += chunk.value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel()
      throw new UnavailableError(`CKAN's answer is longer than ${maxBytes} bytes, which is the limit.`, {
        details: { fault: 'too_long' },
      })
    }
    text += decoder.decode(chunk.value, { stream: true })
  }
  return text + decoder.decode()
}
