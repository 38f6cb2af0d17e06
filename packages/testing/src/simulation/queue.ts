import type { Delivery, ObjectEvent, Outcome } from '@ckan-uplink/core'
import type { World } from './world.ts'

interface Message {
  readonly id: string
  readonly event: ObjectEvent
  attempt: number
  isTaken: boolean
  /** The second from which it is delivered. */
  visibleAt: number
}

/** At least once, in any order: a message is gone only when an outcome that is final answered it. */
export interface Queue {
  send(event: ObjectEvent, copies: number): void
  take(count: number): readonly Delivery[]
  answer(delivery: Delivery, outcome: Outcome): void
  /** What a dead linker had taken is visible again. */
  release(deliveries: readonly Delivery[]): void
  readonly waiting: () => number
  /** The second from which one of them is delivered; `undefined` when all are taken. */
  readonly nextAt: () => number | undefined
  /** Every final outcome, with the event it answered. */
  readonly answered: readonly { readonly event: ObjectEvent; readonly outcome: Outcome }[]
}

export function createQueue(world: Pick<World, 'now'>): Queue {
  const messages = new Map<string, Message>()
  const answered: { event: ObjectEvent; outcome: Outcome }[] = []
  let sent = 0
  const release = (id: string, afterSeconds = 0): void => {
    const message = messages.get(id)
    if (!message) return
    message.isTaken = false
    message.visibleAt = world.now() + afterSeconds
    message.attempt += 1
  }
  return {
    answered,
    waiting: () => messages.size,
    nextAt: () => {
      const times = [...messages.values()].flatMap(({ isTaken, visibleAt }) => (isTaken ? [] : [visibleAt]))
      return times.length > 0 ? Math.min(...times) : undefined
    },
    send(event, copies) {
      for (let copy = 0; copy < copies; copy += 1) {
        sent += 1
        messages.set(`m${sent}`, { id: `m${sent}`, event, attempt: 1, isTaken: false, visibleAt: 0 })
      }
    },
    take(count) {
      const taken = [...messages.values()]
        .filter(({ isTaken, visibleAt }) => !isTaken && visibleAt <= world.now())
        .slice(0, count)
      for (const message of taken) message.isTaken = true
      return taken.map(({ id, event, attempt }) => ({ id, attempt, lastAttempt: false, body: event }))
    },
    answer({ id }, outcome) {
      const message = messages.get(id)
      if (!message) return
      if (outcome.kind === 'retry') return release(id, outcome.afterSeconds)
      answered.push({ event: message.event, outcome })
      messages.delete(id)
    },
    release: (deliveries) => {
      for (const { id } of deliveries) release(id)
    },
  }
}
