export { type CheckOptions, type CheckResult, checkSchedules } from './check.ts'
