import type { Delivery, ObjectEvent, Outcome } from '@ckan-uplink/core'

interface Message {
  readonly id: string
  readonly event: ObjectEvent
  attempt: number
  isTaken: boolean
}

/** At least once, in any order: a message is gone only when an outcome that is final answered it. */
export interface Queue {
  send(event: ObjectEvent, copies: number): void
  take(count: number): readonly Delivery[]
  answer(delivery: Delivery, outcome: Outcome): void
  /** What a dead linker had taken is visible again. */
  release(deliveries: readonly Delivery[]): void
  readonly waiting: () => number
  /** Every final outcome, with the event it answered. */
  readonly answered: readonly { readonly event: ObjectEvent; readonly outcome: Outcome }[]
}

export function createQueue(): Queue {
  const messages = new Map<string, Message>()
  const answered: { event: ObjectEvent; outcome: Outcome }[] = []
  let sent = 0
  const release = (id: string): void => {
    const message = messages.get(id)
    if (!message) return
    message.isTaken = false
    message.attempt += 1
  }
  return {
    answered,
    waiting: () => messages.size,
    send(event, copies) {
      for (let copy = 0; copy < copies; copy += 1) {
        sent += 1
        messages.set(`m${sent}`, { id: `m${sent}`, event, attempt: 1, isTaken: false })
      }
    },
    take(count) {
      const taken = [...messages.values()].filter(({ isTaken }) => !isTaken).slice(0, count)
      for (const message of taken) message.isTaken = true
      return taken.map(({ id, event, attempt }) => ({ id, attempt, lastAttempt: false, body: event }))
    },
    answer({ id }, outcome) {
      const message = messages.get(id)
      if (!message) return
      if (outcome.kind === 'retry') return release(id)
      answered.push({ event: message.event, outcome })
      messages.delete(id)
    },
    release: (deliveries) => {
      for (const { id } of deliveries) release(id)
    },
  }
}
