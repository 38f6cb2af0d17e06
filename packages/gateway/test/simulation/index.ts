import { type CheckOptions, type CheckResult, checkPlans } from '@ckan-uplink/testing/simulation'
import { planArbitrary } from './plan.ts'
import { simulateRequests } from './simulate-requests.ts'

/** Runs schedules of requests of many files until one breaks a promise. */
export function checkSchedules(options: CheckOptions): Promise<CheckResult> {
  return checkPlans(planArbitrary, simulateRequests, options)
}
