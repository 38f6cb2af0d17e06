import { UnavailableError } from '@ckan-uplink/core'
import type fc from 'fast-check'
import type { Fault } from './plan.ts'

/** Who makes calls. A dead one's calls never come back, as after a crash. */
export interface Actor {
  readonly name: string
  readonly isDead: () => boolean
  die(): void
  readonly died: Promise<void>
}

export function createActor(name: string): Actor {
  const { promise: died, resolve } = Promise.withResolvers<void>()
  let isDead = false
  const die = (): void => {
    isDead = true
    resolve()
  }
  return { name, isDead: () => isDead, die, died }
}

/**
 * The order of everything: each call waits twice for its turn, on its way and on its way back, and may be struck by a
 * fault.
 */
export interface World {
  call<T>(actor: Actor, label: string, effect: () => T): Promise<T>
  /** Seconds since the start; moves on with every call. */
  readonly now: () => number
  /** One turn in which the caller does nothing. */
  pass(): Promise<void>
  /** Time passes while nothing happens. */
  skipTo(second: number): void
  /** From here on no fault strikes. */
  calm(): void
}

const LATE_TURNS = 25

/** Faults strike the calls of actors whose name begins with one of `struck`. All others get their answers. */
export function createWorld(scheduler: fc.Scheduler, faults: readonly Fault[], struck = ['linker']): World {
  let seconds = 0
  let next = 0
  let wellDone = 0
  let isCalm = false
  const turn = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label)
  const never = new Promise<never>(() => {})
  const strike = (actor: Actor): Fault['kind'] | undefined => {
    const fault = faults[next]
    if (isCalm || fault === undefined || !struck.some((start) => actor.name.startsWith(start))) return undefined
    wellDone += 1
    if (wellDone <= fault.after) return undefined
    wellDone = 0
    next += 1
    return fault.kind
  }
  return {
    now: () => seconds,
    async pass() {
      await turn('time passes')
      seconds += 1
    },
    skipTo: (second) => {
      seconds = Math.max(seconds, second)
    },
    calm: () => {
      isCalm = true
    },
    async call(actor, label, effect) {
      await turn(`${actor.name} → ${label}`)
      if (actor.isDead()) return never
      seconds += 1
      const fault = strike(actor)
      if (fault === 'before') throw new UnavailableError(`${label} never arrived.`)
      const result = attempt(effect)
      for (let late = 0; fault === 'late' && late < LATE_TURNS; late += 1)
        await turn(`${actor.name} waits for ${label}`)
      await turn(`${actor.name} ← ${label}`)
      if (fault === 'crash') actor.die()
      if (actor.isDead()) return never
      if (fault === 'after') throw new UnavailableError(`The answer to ${label} was lost.`)
      return result()
    },
  }
}

/** The effect happens now; what it gave or threw comes out later. */
function attempt<T>(effect: () => T): () => T {
  try {
    const value = effect()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
