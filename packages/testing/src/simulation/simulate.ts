import type { Settings } from '@ckan-uplink/core/settings'
import type fc from 'fast-check'
import { clientUploads } from './clients.ts'
import { eventFaults } from './event-faults.ts'
import { faultsOf, reconciledFaults, staleResources } from './invariants.ts'
import { drain, linkerRuns, reconcileAll, reconcilerRuns } from './linkers.ts'
import { createModelCkan } from './model-ckan.ts'
import { createModelStore } from './model-store.ts'
import { personEdits } from './people.ts'
import type { Plan } from './plan.ts'
import { createQueue } from './queue.ts'
import { versionOfEtag } from './readings.ts'
import { gatewayRemoves } from './removals.ts'
import { type Simulation, settings } from './simulation.ts'
import { withoutChance } from './without-chance.ts'
import { createWorld } from './world.ts'

/** Programs that take part beside the ones of the plan, and their promises. */
export interface Participants {
  /** Faults strike the calls of actors with this beginning of the name, as they strike linkers. */
  readonly struck: string
  /** Settings of the linkers beside the usual ones. */
  readonly settings?: Partial<Settings>
  readonly run: (simulation: Simulation) => readonly Promise<void>[]
  /** Finishes their work without faults. Returns how much there was to do. */
  readonly settle?: (simulation: Simulation) => Promise<number>
  readonly faultsOf: (simulation: Simulation) => readonly string[]
}

/**
 * Runs one plan under one schedule, with faults, then lets the linkers finish without faults; gives every broken
 * promise as a sentence, none when all held. The same plan and schedule give the same run.
 */
export async function simulate(scheduler: fc.Scheduler, plan: Plan, others?: Participants): Promise<readonly string[]> {
  const restore = withoutChance()
  try {
    const simulation = createSimulation(scheduler, plan, others)
    await scheduler.waitFor(runAll(simulation, others))
    await scheduler.waitFor(drain(simulation, others?.settle))
    const broken = [
      ...faultsOf(simulation),
      ...(others?.faultsOf(simulation) ?? []),
      ...(await scheduler.waitFor(eventFaults(simulation))),
      ...(await scheduler.waitFor(followStale(simulation, others))),
    ]
    const before = simulation.ckan.writes()
    const again = await scheduler.waitFor(reconcileAll(simulation))
    const faults = [
      ...broken,
      ...again,
      ...reconciledFaults(simulation),
      ...(simulation.ckan.writes() === before ? [] : ['Reconciling wrote to CKAN though it showed the truth.']),
    ]
    return faults.length > 0 ? [...faults, ...story(simulation)] : []
  } finally {
    restore()
  }
}

/** CKAN follows the objects of stale resources at the next reconciliation. */
async function followStale(simulation: Simulation, others?: Participants): Promise<string[]> {
  const stale = staleResources(simulation)
  if (stale.length === 0) return []
  await reconcileAll(simulation)
  if (others?.settle) await drain(simulation, others.settle)
  const left = staleResources(simulation)
  return left.map(({ id, url }) => `${id}: CKAN shows ${url} and does not follow the object.`)
}

/** The log of the run in the order of time, for readers of a failure. Then the outcome of each message. */
function story({ ckan, store, queue, asks }: Simulation): string[] {
  const resources = [...ckan.resources.values()]
  const lines = [
    ...asks.map(({ at, ...ask }) => ({ at, text: `asked: ${JSON.stringify(ask)}` })),
    ...store.puts.map(({ at, key, etag }) => ({ at, text: `put: ${etag} (${versionOfEtag(etag)}) to ${key}` })),
    ...resources.flatMap(({ id, history }) =>
      history.map(({ at, ...write }) => ({ at, text: `${id}: ${JSON.stringify(write)}` })),
    ),
    ...store.changes.map(({ at, by, after }) => ({ at, text: `${by}: ${after}` })),
  ]
  return [
    ...lines.sort((a, b) => a.at - b.at).map(({ at, text }) => `${at} ${text}`),
    ...queue.answered.map(({ event, outcome }) => `${event.key}: ${JSON.stringify(outcome)}`),
  ]
}

function createSimulation(scheduler: fc.Scheduler, plan: Plan, others?: Participants): Simulation {
  const world = createWorld(scheduler, plan.faults, ['linker', ...(others ? [others.struck] : [])])
  const store = createModelStore(world)
  const ckan = createModelCkan(world, {
    has: (location) => store.objects.has(settings.keyPrefix + location),
    remove: (location) => store.objects.delete(settings.keyPrefix + location),
  })
  for (const [index, { dataset, initial }] of plan.resources.entries()) {
    const id = `resource-${index}`
    const url = initial === 'link' ? `https://elsewhere.example/${index}.csv` : ''
    const fixed = {
      state: 'active',
      urlType: null,
      name: null,
      format: '',
      mimetype: null,
      size: null,
      hash: '',
      lastModified: null,
    }
    ckan.resources.set(id, {
      ...fixed,
      id,
      datasetId: `dataset-${dataset}`,
      url,
      title: 'title',
      custom: 'custom',
      isInvalid: false,
      history: [],
    })
  }
  return {
    plan,
    settings: { ...settings, ...others?.settings },
    world,
    ckan,
    store,
    queue: createQueue(world),
    asks: [],
    largeEtags: new Set(),
    earlyKeys: new Set(),
    events: new Set(),
    busy: 0,
    active: plan.uploads.length,
  }
}

async function runAll(simulation: Simulation, others?: Participants): Promise<void> {
  const { plan } = simulation
  const uploads = plan.uploads.map((upload, index) => clientUploads(simulation, upload, index))
  const edits = plan.edits.map((edit, index) => personEdits(simulation, edit, index))
  const removals = plan.removals.map((removal, index) => gatewayRemoves(simulation, removal, index))
  const reconciliations = plan.reconciliations.map((after, index) => reconcilerRuns(simulation, after, index))
  const more = others?.run(simulation) ?? []
  await Promise.all([
    ...[...more, ...uploads, ...edits, ...removals, ...reconciliations],
    linkerRuns(simulation, 1),
    linkerRuns(simulation, 2),
  ])
}
