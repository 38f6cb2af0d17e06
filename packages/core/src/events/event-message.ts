import { isObject, parseJson } from '../support/json.ts'
import type { UploadEvent } from './upload-event.ts'

/** An event for one receiver, as it waits in the queue. */
export interface EventMessage {
  readonly url: string
  readonly event: UploadEvent
}

/** `undefined` for any other message. */
export function parseEventMessage(body: unknown): EventMessage | undefined {
  const message = typeof body === 'string' ? parseJson(body) : body
  if (!isObject(message)) return undefined
  const { url, event } = { ...message }
  if (typeof url !== 'string' || !isObject(event) || typeof { ...event }['id'] !== 'string') return undefined
  return { url, event: event as unknown as UploadEvent }
}
