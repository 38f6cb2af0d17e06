import { type Fault, faultsArbitrary } from '@ckan-uplink/testing/simulation'
import fc from 'fast-check'

/** One request of many files, which its client repeats until it has an answer. */
export interface RequestPlan {
  /** The names of the files. */
  readonly names: readonly string[]
  readonly isByName: boolean
  /** Turns that pass before it is sent. */
  readonly after: number
  /** Turns for which the client waits for an answer before it sends the request again. The first attempt goes on. */
  readonly patience: readonly number[]
}

/** Something a person does with a resource of the dataset meanwhile. */
export interface EditPlan {
  readonly kind: 'delete' | 'rename' | 'add' | 'title'
  /** Which resource, counted in the dataset. */
  readonly place: number
  readonly name: string
  /** Turns that pass before. */
  readonly after: number
}

export interface Plan {
  /** The names of the resources that the dataset has from the beginning. */
  readonly initial: readonly string[]
  readonly requests: readonly RequestPlan[]
  readonly edits: readonly EditPlan[]
  readonly faults: readonly Fault[]
}

const name = fc.constantFrom('a.csv', 'b.csv', 'c.csv')

export const planArbitrary: fc.Arbitrary<Plan> = fc.record<Plan>({
  initial: fc.array(name, { maxLength: 2 }),
  requests: fc.array(
    fc.record<RequestPlan>({
      names: fc.array(name, { minLength: 1, maxLength: 3 }),
      isByName: fc.boolean(),
      after: fc.oneof(fc.constant(0), fc.nat(40)),
      patience: fc.array(fc.oneof(fc.nat(30), fc.nat(300)), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  edits: fc.array(
    fc.record<EditPlan>({
      kind: fc.constantFrom('delete', 'delete', 'rename', 'add', 'title'),
      place: fc.nat(5),
      name,
      after: fc.nat(120),
    }),
    { maxLength: 3 },
  ),
  faults: faultsArbitrary,
})
