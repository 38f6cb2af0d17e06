import fc from 'fast-check'
import { planArbitrary } from './plan.ts'
import { simulate } from './simulate.ts'

export interface CheckOptions {
  readonly runs: number
  readonly seed: number
  /** The one run that failed before. */
  readonly path?: string
  /** No further schedule is begun after so many seconds. */
  readonly seconds?: number
}

export interface CheckResult {
  /** How many schedules ran. */
  readonly runs: number
  /** The first that broke a promise: what happened, and where it is found again. */
  readonly failure?: { readonly path: string; readonly story: string }
}

/** Runs schedules of uploads, linkers and people until one breaks a promise. */
export function checkSchedules(options: CheckOptions): Promise<CheckResult> {
  return checkPlans(planArbitrary, simulate, options)
}

/** Runs plans, each under a schedule of its own, until one run returns the promises that it broke. */
export async function checkPlans<P>(
  plans: fc.Arbitrary<P>,
  run: (scheduler: fc.Scheduler, plan: P) => Promise<readonly string[]>,
  { runs, seed, path, seconds }: CheckOptions,
): Promise<CheckResult> {
  const property = fc.asyncProperty(fc.scheduler(), plans, async (scheduler, plan) => {
    const faults = await run(scheduler, plan)
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  const result = await fc.check(property, {
    numRuns: runs,
    seed,
    // Schedules do not shrink well, and the story of the run says more.
    endOnFailure: true,
    ...(path !== undefined && { path }),
    ...(seconds !== undefined && { interruptAfterTimeLimit: seconds * 1000 }),
  })
  if (!result.failed) return { runs: result.numRuns }
  return {
    runs: result.numRuns,
    failure: { path: result.counterexamplePath ?? '', story: String(result.errorInstance) },
  }
}
