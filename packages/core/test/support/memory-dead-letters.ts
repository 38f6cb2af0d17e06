import type { DeadLetter, DeadLetters } from '../../src/operations/index.ts'

/** A dead-letter queue in memory. */
export interface MemoryDeadLetters extends DeadLetters {
  readonly left: () => readonly unknown[]
}

export const REASON = 'The linker never acknowledged this message.'

export function createMemoryDeadLetters(bodies: readonly unknown[]): MemoryDeadLetters {
  const letters = new Set<DeadLetter>(bodies.map((body) => ({ body, reason: REASON })))
  return {
    left: () => [...letters].map(({ body }) => body),
    async drain(take) {
      let taken = 0
      for (const letter of [...letters]) {
        await take(letter)
        letters.delete(letter)
        taken += 1
      }
      return taken
    },
  }
}
