import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { link, type ObjectEvent, UnavailableError } from '../../src/index.ts'
import { createImageBench, etagOf, type ImageBench, imageKeyOf, imageUrlOf } from '../support/image-bench.ts'

const MAX_ATTEMPTS = 12

/** A linker whose calls of CKAN and the bucket run in the order of the scheduler. It stops at the call `cutAt`. */
function linkerOf(bench: ImageBench, scheduler: fc.Scheduler, cutAt: number): ImageBench {
  let calls = 0
  const slow =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      calls += 1
      if (calls === cutAt) throw new UnavailableError('cut short')
      await scheduler.schedule(Promise.resolve())
      const result = await call(...args)
      await scheduler.schedule(Promise.resolve())
      if (calls === -cutAt) throw new UnavailableError('cut short after it had its effect')
      return result
    }
  const { store, catalog } = bench
  return {
    ...bench,
    store: {
      ...store,
      head: slow(store.head),
      get: slow(store.get),
      put: slow(store.put),
      async *list(...args) {
        await slow(async () => undefined)()
        yield* store.list(...args)
      },
    },
    catalog: { ...catalog, readImageOwner: slow(catalog.readImageOwner), setImage: slow(catalog.setImage) },
  }
}

/** Delivers an event until no retry is needed. */
async function deliver(bench: ImageBench, scheduler: fc.Scheduler, event: ObjectEvent, cutAt: number): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const linker = linkerOf(bench, scheduler, attempt === 1 ? cutAt : 0)
    const [outcome] = await link(linker, [{ ...event, attempt: 1 }])
    if (outcome?.kind !== 'retry') return
  }
  throw new Error('No end was found.')
}

describe('linkers racing for one image', () => {
  it('show the image that was requested last, in any order of calls and after any interruption', async () => {
    const deliveries = fc.array(
      fc.record({ order: fc.integer({ min: 1, max: 3 }), cutAt: fc.integer({ min: -8, max: 8 }) }),
      { minLength: 2, maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), deliveries, async (scheduler, planned) => {
        const bench = createImageBench()
        const last = Math.max(...planned.map(({ order }) => order))
        const events = new Map(planned.map(({ order }) => [order, bench.uploadImage(imageKeyOf(order))]))
        const all = Promise.all(
          planned.flatMap(({ order, cutAt }) => deliver(bench, scheduler, events.get(order) ?? fail(), cutAt)),
        )
        await scheduler.waitFor(all)
        expect(bench.image()).toBe(await imageUrlOf(imageKeyOf(last), etagOf(imageKeyOf(last))))
      }),
      { numRuns: 500 },
    )
  })
})

function fail(): never {
  throw new Error('There is no such event.')
}
