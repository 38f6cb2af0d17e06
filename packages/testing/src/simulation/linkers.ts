import {
  type Clock,
  consume,
  createDatasetRests,
  createPublisher,
  type DatasetRests,
  type LinkDeps,
} from '@ckan-uplink/core'
import { listParked, reconcile, replayParked } from '@ckan-uplink/core/operations'
import type { Queue } from './queue.ts'
import { SETTLES_AFTER, type Simulation, waitTurns } from './simulation.ts'
import { type Actor, createActor } from './world.ts'

const BATCHES = 40
/** A second is one call of the simulated programs. */
const WAIT_TIMES = { restAfter: () => 20, gatherFor: () => 20 }
/** Rounds of other programs, which may send messages. */
const SETTLING = 5

/**
 * Takes batch after batch until everything is put and answered; a crash ends one linker, and the next takes its place.
 */
export async function linkerRuns(simulation: Simulation, number: number): Promise<void> {
  const { world, queue, plan } = simulation
  const rests = number > plan.resting ? undefined : createDatasetRests(clockOf(world), WAIT_TIMES)
  for (let batch = 0; batch < BATCHES && (simulation.active > 0 || queue.waiting() > 0); batch += 1) {
    const linker = createActor(`linker${number}`)
    const deliveries = await world.call(createActor(`queue${number}`), 'take', () => queue.take(plan.batchSize))
    if (deliveries.length > 0) await linkerHandles(simulation, linker, deliveries, rests)
    else if (simulation.active === 0) passTime(simulation)
  }
}

async function linkerHandles(
  simulation: Simulation,
  linker: Actor,
  deliveries: ReturnType<Queue['take']>,
  rests?: DatasetRests,
): Promise<void> {
  const { queue } = simulation
  simulation.busy += 1
  const outcomes = await Promise.race([
    consume({ ...depsFor(simulation, linker), rests }, (body) => ({ events: [body as never] }), deliveries),
    linker.died,
  ])
  simulation.busy -= 1
  if (!outcomes) return queue.release(deliveries)
  for (const [index, delivery] of deliveries.entries()) {
    const outcome = outcomes[index]
    if (outcome) queue.answer(delivery, outcome)
  }
}

function clockOf({ now }: Simulation['world']): Clock {
  return { now: () => new Date(Date.UTC(2030, 0, 1) + now() * 1000), sleep: () => Promise.resolve() }
}

function depsFor({ settings, world, ckan, store, events }: Simulation, actor: Actor): LinkDeps {
  const clock = clockOf(world)
  const queue = { send: async (message: string) => void events.add(JSON.parse(message).event.id) }
  const deps = { settings, store: store.as(actor), clock, logger: { log: () => {} } }
  return { ...deps, catalog: ckan.as(actor), publishEvent: createPublisher({ ...deps, queue }) }
}

/** Ends the faults, delivers messages until the queue is empty, and replays the parked messages. */
export async function drain(
  simulation: Simulation,
  settle: (simulation: Simulation) => Promise<number> = async () => 0,
): Promise<void> {
  simulation.world.calm()
  await drainQueue(simulation)
  for (let round = 0; round < SETTLING && (await settle(simulation)) > 0; round += 1) await drainQueue(simulation)
  simulation.world.skipTo(simulation.world.now() + SETTLES_AFTER)
  const deps = { ...depsFor(simulation, createActor('operator')), decode: () => ({ events: [] }) }
  for await (const _ of replayParked(deps, listParked(deps.store)));
}

async function drainQueue(simulation: Simulation): Promise<void> {
  for (let batch = 0; batch < BATCHES && simulation.queue.waiting() > 0; batch += 1) {
    await linkerHandles(simulation, createActor('linker-drain'), simulation.queue.take(100))
    passTime(simulation)
  }
}

/** Until the next message is delivered. */
function passTime({ world, queue }: Simulation): void {
  const next = queue.nextAt()
  if (next !== undefined) world.skipTo(next)
}

/** Goes through the bucket once, until its end, a fault or a crash. */
export async function reconcilerRuns(simulation: Simulation, after: number, index: number): Promise<void> {
  await waitTurns(simulation.world, after)
  const actor = createActor(`linker-reconcile${index}`)
  simulation.busy += 1
  await Promise.race([exhaust(reconcile(depsFor(simulation, actor))).catch(() => {}), actor.died])
  simulation.busy -= 1
}

async function exhaust(steps: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of steps);
}

/** After everything was delivered a reconciliation finds nothing to do; gives what it found all the same. */
export async function reconcileAll(simulation: Simulation): Promise<string[]> {
  const faults: string[] = []
  for await (const { finding } of reconcile(depsFor(simulation, createActor('linker-reconcile')))) {
    if (finding?.kind !== 'object') continue
    const { event, outcome } = finding
    if (outcome.kind === 'linked' || outcome.kind === 'retry')
      faults.push(`Reconciling ${event.key} ended in ${outcome.kind} after everything was delivered.`)
  }
  return faults
}
