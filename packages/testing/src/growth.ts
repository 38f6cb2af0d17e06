const TRIES = 40
/** A try below this ends the measurement: a quadratic task needs a ratio of 4. */
const CLEARLY_LINEAR = 2.5
/** Shorter samples are too coarse for the clock, and for what a call costs by itself. */
const LEAST_MS = 2
const MAX_SIZE = 250_000
const DOUBLINGS = 3

type Run = () => unknown

/**
 * How many times longer a task takes with twice the input: about 2 when it is linear, 4 when it is quadratic. The input
 * grows until the task takes a while. Then the task is compared with one of eight times its size. Time is the
 * processor's. A busy machine only adds time, so the least of several samples counts, and the least of several tries.
 * The samples of the small task come before and after the large one, so that a quiet moment cannot favour the large.
 *
 * @example
 * expect(await growthOf((size) => { const text = 'x'.repeat(size); return () => parse(text) })).toBeLessThan(3)
 */
export async function growthOf(prepare: (size: number) => Run): Promise<number> {
  const size = await sizeOf(prepare)
  const [small, large] = [prepare(size), prepare(2 ** DOUBLINGS * size)]
  const repeats = await repeatsOf(small)
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < TRIES && least > CLEARLY_LINEAR; tries += 1) {
    const samples = [await timeOf(small, repeats), await timeOf(small, repeats)]
    const longer = await timeOf(large, repeats)
    const shorter = Math.min(...samples, await timeOf(small, repeats))
    // The clock of the processor sometimes stands still for a whole sample.
    if (shorter > 0 && longer > 0) least = Math.min(least, (longer / shorter) ** (1 / DOUBLINGS))
  }
  return least
}

async function sizeOf(prepare: (size: number) => Run): Promise<number> {
  let size = 1000
  while (size < MAX_SIZE) {
    const run = prepare(size)
    await timeOf(run, 1)
    if ((await timeOf(run, 1)) >= LEAST_MS) break
    size *= 2
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
