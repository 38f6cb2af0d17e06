import type { ContainerClient } from '@azure/storage-blob'
import type { DeadLetter, DeadLetters } from '@ckan-uplink/core/operations'
import { parseJson } from '@ckan-uplink/core/support'
import { createStore } from './store.ts'

/** Longer than any reason of Event Grid. */
const MAX_WORD_CHARACTERS = 200

/**
 * Reads Event Grid's container of dead letters. A blob contains one or more events, and is removed after all of them.
 */
export function createDeadLetters(container: ContainerClient): DeadLetters {
  const store = createStore(container)
  return {
    async drain(take) {
      let taken = 0
      for await (const { key } of store.list('')) {
        const found = await store.get(key)
        if (found === undefined) continue
        for (const letter of lettersIn(found.bytes)) {
          await take(letter)
          taken += 1
        }
        await store.remove(key)
      }
      return taken
    },
  }
}

/** https://learn.microsoft.com/azure/event-grid/manage-event-delivery#message-format-in-the-dead-letter-storage */
export function lettersIn(bytes: Uint8Array): readonly DeadLetter[] {
  const text = new TextDecoder().decode(bytes)
  const content = parseJson(text) ?? text
  const bodies: readonly unknown[] = Array.isArray(content) ? content : [content]
  return bodies.map((body) => ({ body, reason: reasonOf(body) }))
}

/** Names are in camel case in Event Grid's own schema, and in lower case in CloudEvents. */
function reasonOf(body: unknown): string {
  const fields = new Map(
    Object.entries(typeof body === 'object' ? { ...body } : {}).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const [why, attempts, outcome] = ['deadletterreason', 'deliveryattempts', 'lastdeliveryoutcome'].map((name) =>
    wordOf(fields.get(name)),
  )
  return `Event Grid gave up this event: ${why}; attempts: ${attempts}; result of the last attempt: ${outcome}.`
}

function wordOf(value: unknown): string {
  return typeof value === 'string'
    ? value.slice(0, MAX_WORD_CHARACTERS)
    : typeof value === 'number'
      ? `${value}`
      : 'unknown'
}
