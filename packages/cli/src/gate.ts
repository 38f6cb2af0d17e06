import type { Gate } from '@ckan-uplink/client'

/**
 * Limits the bodies that are sent at the same time, by number and by bytes. First come, first served. A larger body is
 * sent alone.
 */
export function createGate({ bodies, bytes: most }: { readonly bodies: number; readonly bytes: number }): Gate {
  const waiting: { readonly bytes: number; readonly start: () => void }[] = []
  let [underWay, bytesUnderWay] = [0, 0]

  function admit(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (underWay > 0 && (underWay >= bodies || bytesUnderWay + next.bytes > most)) return
      waiting.shift()
      underWay += 1
      bytesUnderWay += next.bytes
      next.start()
    }
  }

  return async (bytes, send) => {
    await new Promise<void>((start) => {
      waiting.push({ bytes, start })
      admit()
    })
    try {
      await send()
    } finally {
      underWay -= 1
      bytesUnderWay -= bytes
      admit()
    }
  }
}
