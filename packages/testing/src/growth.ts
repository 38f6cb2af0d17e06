const ROUNDS = 3
const TRIES = 10
/** Shorter samples are too coarse for the clock, and for what a call costs by itself. */
const LEAST_MS = 2
const MAX_SIZE = 250_000
const DOUBLINGS = 3

type Run = () => unknown

/**
 * How many times longer a task takes with twice the input: about 2 when it is linear, 4 when it is quadratic. The input grows until
 * the task takes a while, then it is compared with one of eight times its size. Time is the processor's, samples of both sizes alternate,
 * and of several tries the least counts: a busy machine only ever adds time.
 *
 * @example
 * expect(await growthOf((size) => { const text = 'x'.repeat(size); return () => parse(text) })).toBeLessThan(3)
 */
export async function growthOf(prepare: (size: number) => Run): Promise<number> {
  const size = await sizeOf(prepare)
  const [small, large] = [prepare(size), prepare(2 ** DOUBLINGS * size)]
  await timeOf(large, 1)
  const repeats = await repeatsOf(small)
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < TRIES && least > 2.5; tries += 1) {
    const times: Record<'small' | 'large', number[]> = { small: [], large: [] }
    for (let round = 0; round < ROUNDS; round += 1) {
      times.small.push(await timeOf(small, repeats))
      times.large.push(await timeOf(large, repeats))
    }
    least = Math.min(least, (medianOf(times.large) / medianOf(times.small)) ** (1 / DOUBLINGS))
  }
  return least
}

async function sizeOf(prepare: (size: number) => Run): Promise<number> {
  let size = 1000
  while (size < MAX_SIZE) {
    const run = prepare(size)
    await timeOf(run, 3)
    if ((await timeOf(run, 1)) >= LEAST_MS) break
    size *= 4
  }
  return size
}

async function repeatsOf(run: Run): Promise<number> {
  let repeats = 1
  while ((await timeOf(run, repeats)) < LEAST_MS) repeats *= 2
  return repeats
}

/** In milliseconds of the processor. */
async function timeOf(run: Run, repeats: number): Promise<number> {
  const start = process.cpuUsage()
  for (let times = 0; times < repeats; times += 1) await run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
