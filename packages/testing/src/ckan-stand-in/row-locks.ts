/** Runs one task at a time per key, in the order of asking; tasks without a key run at once. */
export type RowLocks = <Result>(key: string | undefined, task: () => Promise<Result>) => Promise<Result>

export function createRowLocks(): RowLocks {
  const tails = new Map<string, Promise<unknown>>()
  return (key, task) => {
    if (key === undefined) return task()
    const turn = (tails.get(key) ?? Promise.resolve()).then(task, task)
    tails.set(key, turn)
    const forget = () => tails.get(key) === turn && tails.delete(key)
    void turn.then(forget, forget)
    return turn
  }
}
