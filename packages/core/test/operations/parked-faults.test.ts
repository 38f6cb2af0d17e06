import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Catalog,
  type LinkDeps,
  link,
  NotAllowedError,
  type ObjectEvent,
  type ObjectStore,
  UnavailableError,
} from '../../src/index.ts'
import {
  collectDeadLetters,
  dropParked,
  listParked,
  type ParkedMessage,
  replayParked,
} from '../../src/operations/index.ts'
import { type Bench, createBench, createdEvent, decode, keyOf } from '../support/fixtures.ts'
import { createMemoryDeadLetters, type MemoryDeadLetters } from '../support/memory-dead-letters.ts'
import { resourceOf } from '../support/table-catalog.ts'

const RESOURCES = ['resource-0', 'resource-1', 'resource-2']
const NONSENSE = 'nonsense'

/** Each resource has two uploads. The second has to win. */
const KEYS = RESOURCES.flatMap((id, index) => [1, 2].map((order) => keyOf(10 * index + order, id)))

/** A dead letter: an event of one of the uploads, a test message, a removal, or nonsense. */
const LETTERS = [
  ...KEYS.map((key) => [createdEvent(key)]),
  [],
  [createdEvent('resources/api_uploads/gone', { kind: 'removed' })],
  NONSENSE,
]

type Fault = 'none' | 'not done' | 'answer lost' | 'refused'
type Step = 'collect' | 'replay' | 'replay twice at once' | 'drop one'

const faults = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fault>('none') },
    fc.constantFrom<Fault>('not done', 'answer lost', 'refused'),
  ),
  {
    maxLength: 150,
  },
)
const steps = fc.array(fc.constantFrom<Step>('collect', 'replay', 'replay twice at once', 'drop one'), { maxLength: 8 })
const letters = fc.array(fc.constantFrom(...LETTERS), { maxLength: 12 })

interface World {
  readonly bench: Bench
  /** The operator's access: it fails as the tape says, until the tape ends. */
  readonly faulty: LinkDeps
  readonly deadLetters: MemoryDeadLetters
  readonly dropped: ParkedMessage[]
}

function createUploads(): Bench {
  const bench = createBench({ resources: RESOURCES.map((id) => resourceOf(id)) })
  for (const key of KEYS) bench.upload(key, { content: { etag: key.uploadId ?? '' } })
  return bench
}

function createWorld(bodies: readonly unknown[], tape: readonly Fault[]): World {
  const bench = createUploads()
  const left = [...tape]
  const unlucky = <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      const fault = left.shift()
      if (fault === 'not done') throw new UnavailableError('It was never asked.')
      if (fault === 'refused') throw new NotAllowedError('It is not allowed.')
      const answer = await call(...args)
      if (fault === 'answer lost') throw new UnavailableError('Its answer was lost.')
      return answer
    }
  }
  const { head, get, put, remove } = bench.store
  const store: ObjectStore = {
    ...bench.store,
    head: unlucky(head),
    get: unlucky(get),
    put: unlucky(put),
    remove: unlucky(remove),
  }
  const catalog: Catalog = {
    ...bench.catalog,
    readDataset: unlucky(bench.catalog.readDataset),
    revise: unlucky(bench.catalog.revise),
  }
  return { bench, faulty: { ...bench, store, catalog }, deadLetters: createMemoryDeadLetters(bodies), dropped: [] }
}

async function run({ bench, faulty, deadLetters, dropped }: World, step: Step): Promise<void> {
  const replay = async () => {
    for await (const _ of replayParked({ ...faulty, decode }, listParked(faulty.store)));
  }
  switch (step) {
    case 'collect':
      return void (await collectDeadLetters({ ...faulty, decode, deadLetters }))
    case 'replay':
      return replay()
    case 'replay twice at once':
      return void (await Promise.allSettled([replay(), replay()]))
    case 'drop one':
      for await (const message of listParked(bench.store)) {
        dropped.push(message)
        return void (await dropParked(faulty.store, message.id))
      }
  }
}

/** What CKAN shows for a resource when the linker has handled only this event, or none. */
async function shownAfter(event: ObjectEvent | undefined, id: string) {
  const bench = createUploads()
  await link(bench, event ? [event] : [])
  return bench.catalog.resource(id)
}

/**
 * What CKAN may show for a resource in the end: the last upload with an event, or an earlier upload if the later ones
 * were dropped.
 */
function allowed({ dropped }: World, told: readonly ObjectEvent[], id: string) {
  const own = told.filter(({ key }) => key.includes(`/${id}/`)).toSorted((a, b) => (a.key < b.key ? 1 : -1))
  const lastKept = own.findIndex(({ key }) => !dropped.some(({ event }) => event?.key === key))
  const events = lastKept === -1 ? [...own, undefined] : own.slice(0, lastKept + 1)
  return Promise.all(events.map((event) => shownAfter(event, id)))
}

async function expectNothingLost(world: World, bodies: readonly unknown[]): Promise<void> {
  const { bench, deadLetters, dropped } = world
  const told = bodies
    .flatMap((body) => (Array.isArray(body) ? (body as readonly ObjectEvent[]) : []))
    .filter(({ kind }) => kind === 'created')
  for (const id of RESOURCES) expect(await allowed(world, told, id)).toContainEqual(bench.catalog.resource(id))
  expect(deadLetters.left()).toEqual([])
  const left = bench.parked().map(({ body }) => body)
  expect(left.filter((body) => body !== NONSENSE)).toEqual([])
  if (!dropped.some(({ body }) => body === NONSENSE)) expect(left).toEqual(bodies.includes(NONSENSE) ? [NONSENSE] : [])
}

describe('dead letters and parked messages, in any order, with faults of the store and CKAN', () => {
  it('are never lost, and change CKAN as the linker would', async () => {
    await fc.assert(
      fc.asyncProperty(letters, steps, faults, async (bodies, order, tape) => {
        const world = createWorld(bodies, tape)
        for (const step of order) await run(world, step).catch(() => undefined)
        const mended = { ...world, faulty: world.bench }
        for (const step of ['collect', 'replay'] as const) await run(mended, step)
        await expectNothingLost(world, bodies)
      }),
      { numRuns: 300 },
    )
  })
})
