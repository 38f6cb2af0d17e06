import type { DeadLetter, DeadLetters } from '@ckan-uplink/core/operations'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

export interface DeadLettersSubject {
  /** Of an empty queue or container that no other test uses. */
  readonly deadLetters: DeadLetters
  /** Has these events lie there, as the platform would put them. */
  send(events: readonly object[]): Promise<void>
  close(): Promise<void>
}

const TIMEOUT_MS = 60_000

/** What every `DeadLetters` promises. */
export function describeDeadLetters(name: string, start: () => Promise<DeadLettersSubject>): void {
  describe(`DeadLetters of ${name}`, { timeout: TIMEOUT_MS }, () => {
    let subject: DeadLettersSubject
    beforeAll(async () => {
      subject = await start()
    }, TIMEOUT_MS)
    afterEach(async () => {
      await subject.deadLetters.drain(async () => {})
    }, TIMEOUT_MS)
    afterAll(() => subject.close())

    describeDraining(() => subject)
    describeFailures(() => subject)
  })
}

/** More than any platform hands over at once. */
const MANY = 25
const eventsOf = (count: number): readonly Event[] =>
  Array.from({ length: count }, (_, index) => ({ number: index, name: `日本語 (${index})+%2F.csv` }))

interface Event {
  readonly number: number
  readonly name: string
}

/** Platforms hand over a body as an object or as JSON text, and may add to it. */
function eventIn({ body }: DeadLetter): Event {
  const { number, name } = typeof body === 'string' ? JSON.parse(body) : body
  return { number, name }
}

const byNumber = (events: readonly Event[]): readonly Event[] =>
  [...new Map(events.map((event) => [event.number, event])).values()].sort((a, b) => a.number - b.number)

async function drain({
  deadLetters,
}: DeadLettersSubject): Promise<{ readonly taken: number; readonly letters: readonly DeadLetter[] }> {
  const letters: DeadLetter[] = []
  const taken = await deadLetters.drain(async (letter) => void letters.push(letter))
  return { taken, letters }
}

function describeDraining(subject: () => DeadLettersSubject): void {
  it('ends at once when the place is empty', async () => {
    expect(await drain(subject())).toEqual({ taken: 0, letters: [] })
  })

  it('hands over a message as it was, and says why it is there', async () => {
    await subject().send(eventsOf(1))
    const { taken, letters } = await drain(subject())
    expect([taken, letters.map(eventIn)]).toEqual([1, eventsOf(1)])
    expect(letters[0]?.reason).toMatch(/^[A-Z].*\.$/u)
  })

  it('hands over more messages than come at once, and has them removed', async () => {
    await subject().send(eventsOf(MANY))
    const { taken, letters } = await drain(subject())
    expect([taken, byNumber(letters.map(eventIn))]).toEqual([letters.length, eventsOf(MANY)])
    expect(await drain(subject())).toEqual({ taken: 0, letters: [] })
  })

  it('hands over one after another', async () => {
    await subject().send(eventsOf(5))
    let [now, most] = [0, 0]
    await subject().deadLetters.drain(async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setTimeout(resolve, 5))
      now -= 1
    })
    expect(most).toBe(1)
  })

  it('loses nothing when two drain at once', async () => {
    await subject().send(eventsOf(MANY))
    const drained = await Promise.all([drain(subject()), drain(subject())])
    expect(byNumber(drained.flatMap(({ letters }) => letters.map(eventIn)))).toEqual(eventsOf(MANY))
    expect(await drain(subject())).toEqual({ taken: 0, letters: [] })
  })
}

function describeFailures(subject: () => DeadLettersSubject): void {
  it('throws what the taker throws, and hands the message over again the next time', async () => {
    await subject().send(eventsOf(1))
    const failure = new Error('The bucket is away.')
    for (let time = 1; time <= 3; time += 1)
      await expect(subject().deadLetters.drain(() => Promise.reject(failure))).rejects.toBe(failure)
    expect((await drain(subject())).letters.map(eventIn)).toEqual(eventsOf(1))
  })

  it('goes on where the taker failed', async () => {
    await subject().send(eventsOf(MANY))
    const before: Event[] = []
    const failing = subject().deadLetters.drain(async (letter) => {
      if (before.length === 12) throw new Error('The bucket is away.')
      before.push(eventIn(letter))
    })
    await expect(failing).rejects.toThrow('The bucket is away.')
    const after = (await drain(subject())).letters.map(eventIn)
    expect(byNumber([...before, ...after])).toEqual(eventsOf(MANY))
    expect(after.length).toBeGreaterThanOrEqual(MANY - 12)
  })
}
