export { planArbitrary } from './plan.ts'
export { simulate } from './simulate.ts'
