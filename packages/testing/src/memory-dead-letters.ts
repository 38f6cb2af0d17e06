import type { DeadLetter, DeadLetters } from '@ckan-uplink/core/operations'

/** A dead-letter place in memory. */
export interface MemoryDeadLetters extends DeadLetters {
  send(body: unknown): void
}

export function createMemoryDeadLetters(): MemoryDeadLetters {
  const letters = new Set<DeadLetter>()
  return {
    send: (body) => void letters.add({ body, reason: 'No program acknowledged it.' }),
    async drain(take) {
      let taken = 0
      for (const letter of letters) {
        await take(letter)
        letters.delete(letter)
        taken += 1
      }
      return taken
    },
  }
}
