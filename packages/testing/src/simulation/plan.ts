import fc from 'fast-check'

/** One upload: who asked for it, what was put, and how its events travel. */
export interface UploadPlan {
  readonly resource: number
  /** Which of two gateways signs it; their clocks differ. */
  readonly gateway: 0 | 1
  /** What is put, in turn: the letters are contents, an upper-case one is larger than declared. More than one: the URL is used again. */
  readonly puts: readonly ('a' | 'b' | 'X')[]
  readonly plain: boolean
  /** Turns that pass before it is asked for. */
  readonly after: number
  /** Turns for which the first event is there and its object isn't. */
  readonly early: number
  /** How often each event is delivered, at least once. */
  readonly copies: 1 | 2 | 3
}

/** Something a person does in CKAN meanwhile. */
export interface EditPlan {
  readonly resource: number
  readonly kind: 'title' | 'field' | 'url' | 'undo' | 'undo at rest' | 'delete' | 'invalidate'
  /** Turns that pass before. */
  readonly after: number
}

/** What happens to one call: nothing, it never arrives, its answer is lost, or the linker that made it dies. */
export type Fault = 'none' | 'before' | 'after' | 'crash'

export interface Plan {
  readonly resources: readonly { readonly dataset: 0 | 1; readonly initial: '' | 'link' }[]
  readonly uploads: readonly UploadPlan[]
  readonly edits: readonly EditPlan[]
  readonly faults: readonly Fault[]
  readonly batchSize: number
  /** Reconciliations beside the linkers, and how many turns pass before each. */
  readonly reconciliations: readonly number[]
  /** How far the second gateway's clock is off, in seconds. */
  readonly skewSeconds: number
}

const turns = fc.oneof(fc.constant(0), fc.nat(40))

const upload = fc.record<UploadPlan>({
  resource: fc.nat(2),
  gateway: fc.constantFrom(0, 1),
  puts: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(['a'] as const, ['b'] as const) },
    fc.array(fc.constantFrom('a', 'b', 'X'), { maxLength: 4 }),
  ),
  plain: fc.constantFrom(false, false, false, true),
  after: turns,
  early: fc.constantFrom(0, 0, 0, 0, 0, 1, 3),
  copies: fc.constantFrom(1, 1, 2, 3),
})

const edit = fc.record<EditPlan>({
  resource: fc.nat(2),
  kind: fc.constantFrom('title', 'field', 'url', 'url', 'undo', 'undo at rest', 'undo at rest', 'delete', 'invalidate'),
  after: turns,
})

/** Everything about one run that isn't the order of things, which the scheduler decides. */
export const planArbitrary: fc.Arbitrary<Plan> = fc.record<Plan>({
  resources: fc.array(
    fc.record({
      dataset: fc.constantFrom(0 as const, 1 as const),
      initial: fc.constantFrom('' as const, 'link' as const),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  uploads: fc.array(upload, { minLength: 1, maxLength: 6 }),
  edits: fc.array(edit, { maxLength: 4 }),
  faults: fc.array(
    fc.oneof({ weight: 6, arbitrary: fc.constant<Fault>('none') }, fc.constantFrom<Fault>('before', 'after', 'crash')),
    { maxLength: 60 },
  ),
  batchSize: fc.integer({ min: 1, max: 6 }),
  reconciliations: fc.array(turns, { maxLength: 2 }),
  skewSeconds: fc.integer({ min: -300, max: 300 }),
})
