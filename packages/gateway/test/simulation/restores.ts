import {
  type CheckOptions,
  type CheckResult,
  checkPlans,
  type Plan,
  planArbitrary,
  simulate,
} from '@ckan-uplink/testing/simulation'
import fc from 'fast-check'
import { brokenRestores } from './broken-restores.ts'
import { type Restored, userRestores } from './user-restores.ts'

/** A user restores the file of an earlier upload. */
export interface RestorePlan {
  readonly upload: number
  /** Turns that pass before. */
  readonly after: number
}

interface PlanOfRestores extends Plan {
  readonly restores: readonly RestorePlan[]
}

const restore = fc.record<RestorePlan>({ upload: fc.nat(5), after: fc.oneof(fc.constant(0), fc.nat(60)) })

/** Several uploads of one or two resources, so that earlier files exist. Plain keys have no part in this. */
const plans = fc
  .tuple(planArbitrary, fc.array(restore, { minLength: 1, maxLength: 3 }))
  .map(([plan, restores]): PlanOfRestores => {
    const uploads = plan.uploads.map((upload) => ({ ...upload, plain: false }))
    const resources = plan.resources.slice(0, 2)
    return { ...plan, resources, uploads, edits: plan.edits.filter(({ kind }) => kind !== 'invalidate'), restores }
  })

/** Runs schedules in which restorations race with uploads, removals and people, until one breaks a promise. */
export function checkSchedules(options: CheckOptions): Promise<CheckResult> {
  return checkPlans(plans, simulateRestores, options)
}

function simulateRestores(scheduler: fc.Scheduler, plan: PlanOfRestores): Promise<readonly string[]> {
  const restored: Restored[] = []
  return simulate(scheduler, plan, {
    struck: 'gateway-restore',
    run(simulation) {
      simulation.active += plan.restores.length
      return plan.restores.map((one, index) => userRestores(simulation, one, index, restored))
    },
    faultsOf: (simulation) => brokenRestores(simulation, restored),
  })
}
