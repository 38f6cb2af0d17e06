import { setTimeout as sleep } from 'node:timers/promises'

/** Faults of the n-th PUT, counted from 1, and of one action, once. */
interface Faults {
  readonly delayMs?: (put: number) => number
  /** The connection breaks before anything is sent. */
  readonly cut?: (put: number) => boolean
  /** The request arrives, but the answer is lost. */
  readonly lose?: (put: number) => boolean
  /** The store answers with this status and stores nothing. */
  readonly status?: (put: number) => number | undefined
  readonly loseAction?: string
}

/** The real `fetch` with injected faults. It counts its PUTs. */
export function createFaultyFetch(faults: Faults = {}) {
  const statuses: number[] = []
  let [puts, running, most, lostActions] = [0, 0, 0, 0]

  async function put(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<Response> {
    puts += 1
    const number = puts
    await sleep(faults.delayMs?.(number) ?? 0)
    if (faults.cut?.(number)) throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
    const status = faults.status?.(number)
    if (status !== undefined) return new Response(null, { status })
    const response = await fetch(input, init)
    statuses.push(response.status)
    if (faults.lose?.(number)) throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
    return response
  }

  return {
    async send(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
      if (init?.method !== 'PUT') {
        const response = await fetch(input, init)
        if (faults.loseAction === undefined || lostActions > 0 || !String(input).endsWith(faults.loseAction))
          return response
        lostActions += 1
        throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
      }
      running += 1
      most = Math.max(most, running)
      return put(input, init).finally(() => {
        running -= 1
      })
    },
    puts: () => puts,
    /** PUTs that the store accepted. */
    done: () => statuses.filter((status) => status === 200).length,
    statuses: () => statuses,
    mostAtOnce: () => most,
  }
}
