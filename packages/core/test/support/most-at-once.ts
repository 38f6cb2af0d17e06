/** Counts the concurrent calls of the wrapped methods. Each call takes a turn of the event loop. */
export function createMostAtOnce() {
  let now = 0
  let most = 0
  return {
    most: () => most,
    wrap:
      <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        now += 1
        most = Math.max(most, now)
        await new Promise((resolve) => setImmediate(resolve))
        now -= 1
        return call(...args)
      },
  }
}
