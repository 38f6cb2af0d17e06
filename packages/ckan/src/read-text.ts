import { UnavailableError } from '@ckan-uplink/core'

/** The whole body as text; `UnavailableError` when it is longer than `maxBytes`, and then the rest isn't read. */
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
      throw new UnavailableError(`CKAN's answer is longer than ${maxBytes} bytes, and was not read on.`, {
        details: { fault: 'too_long' },
      })
    }
    text += decoder.decode(chunk.value, { stream: true })
  }
  return text + decoder.decode()
}
