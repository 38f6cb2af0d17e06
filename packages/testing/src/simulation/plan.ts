import fc from 'fast-check'

/** One upload: its user, its contents, and the delivery of its events. */
export interface UploadPlan {
  readonly resource: number
  /** Which of two gateways signs it; their clocks differ. */
  readonly gateway: 0 | 1
  /**
   * The contents in order, one letter each. Upper case means larger than declared. Several letters mean a reused URL.
   */
  readonly puts: readonly ('a' | 'b' | 'X')[]
  /** Turns that pass before each further use of the URL. */
  readonly pauses: readonly number[]
  readonly plain: boolean
  /** Whether it may replace only what CKAN showed at the request. Not for plain keys. */
  readonly onlyIfUnchanged: boolean
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

/** Takes an upload back, as `upload_remove` does. */
export interface RemovalPlan {
  readonly upload: number
  /** Turns that pass before. */
  readonly after: number
  /** What happens when CKAN is read again: it answers, it doesn't, or the gateway ends. */
  readonly end: 'answer' | 'no answer' | 'crash'
}

/**
 * What happens to one call of a program: it never arrives, its answer is lost or late, or the program that made it
 * dies.
 */
export interface Fault {
  readonly kind: 'before' | 'after' | 'late' | 'crash'
  /** So many calls of such programs go well since the fault before. */
  readonly after: number
}

export interface Plan {
  readonly resources: readonly { readonly dataset: 0 | 1; readonly initial: '' | 'link' }[]
  readonly uploads: readonly UploadPlan[]
  readonly edits: readonly EditPlan[]
  readonly removals: readonly RemovalPlan[]
  readonly faults: readonly Fault[]
  readonly batchSize: number
  /** Reconciliations beside the linkers, and how many turns pass before each. */
  readonly reconciliations: readonly number[]
  /** How far the second gateway's clock is off, in seconds. */
  readonly skewSeconds: number
  /** How many of the two linkers let datasets rest and files wait for others of their request, as under load. */
  readonly resting: 0 | 1 | 2
}

const turns = fc.oneof(fc.constant(0), fc.nat(40))

const pause = fc.oneof(fc.constant(0), fc.nat(10), fc.nat(90))

const upload = fc.record<UploadPlan>({
  resource: fc.nat(2),
  gateway: fc.constantFrom(0, 1),
  puts: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(['a'] as const, ['b'] as const) },
    fc.constant(['b', 'a', 'b'] as const),
    fc.array(fc.constantFrom('a', 'b', 'X'), { maxLength: 4 }),
  ),
  pauses: fc.tuple(pause, pause, pause),
  plain: fc.constantFrom(false, false, false, true),
  onlyIfUnchanged: fc.constantFrom(false, false, false, true),
  after: turns,
  early: fc.constantFrom(0, 0, 0, 0, 0, 1, 3),
  copies: fc.constantFrom(1, 1, 2, 3),
})

const edit = fc.record<EditPlan>({
  resource: fc.nat(2),
  kind: fc.constantFrom('title', 'field', 'url', 'url', 'undo', 'undo at rest', 'undo at rest', 'delete', 'invalidate'),
  after: turns,
})

const removal = fc.record<RemovalPlan>({
  upload: fc.nat(5),
  after: fc.nat(60),
  end: fc.constantFrom('answer', 'answer', 'answer', 'no answer', 'crash'),
})

export const faultsArbitrary: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.record<Fault>({
    kind: fc.constantFrom('before', 'after', 'late', 'crash'),
    after: fc.oneof(fc.nat(5), fc.nat(50)),
  }),
  { maxLength: 6 },
)

const mixed: fc.Arbitrary<Plan> = fc.record<Plan>({
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
  removals: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(removal, { maxLength: 3 })),
  faults: faultsArbitrary,
  batchSize: fc.integer({ min: 1, max: 6 }),
  reconciliations: fc.array(fc.nat(150), { maxLength: 3 }),
  skewSeconds: fc.integer({ min: -300, max: 300 }),
  resting: fc.constantFrom(0, 1, 2),
})

/** One URL that is used again and again, with nothing else to do but look at it. */
const reused = fc.tuple(mixed, upload, fc.array(fc.constantFrom('a', 'b'), { minLength: 3, maxLength: 4 })).map(
  ([plan, one, puts]): Plan => ({
    ...plan,
    resources: plan.resources.slice(0, 1),
    uploads: [{ ...one, puts }],
    edits: plan.edits.slice(0, 1),
    removals: [],
    batchSize: 1,
  }),
)

/** The files of one request, whose messages come one by one and wait for each other. */
const folder = fc.tuple(mixed, fc.tuple(upload, upload, upload)).map(
  ([plan, uploads]): Plan => ({
    ...plan,
    resources: uploads.map(() => ({ dataset: 0, initial: '' })),
    uploads: uploads.map((one, resource) => ({ ...one, resource, gateway: 0, plain: false })),
    batchSize: 1,
    resting: plan.resting === 2 ? 2 : 1,
  }),
)

/** Everything about one run that isn't the order of things, which the scheduler decides. */
export const planArbitrary: fc.Arbitrary<Plan> = fc.oneof({ weight: 2, arbitrary: mixed }, reused, folder)
