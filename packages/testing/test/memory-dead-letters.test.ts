import { describeDeadLetters } from '../src/contracts/index.ts'
import { createMemoryDeadLetters } from '../src/index.ts'

describeDeadLetters('memory', async () => {
  const deadLetters = createMemoryDeadLetters()
  return { deadLetters, send: async (events) => events.forEach(deadLetters.send), close: async () => {} }
})
