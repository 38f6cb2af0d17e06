import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import {
  createActor,
  createModelStore,
  createWorld,
  type ModelStore,
  type World,
  withoutChance,
} from '@ckan-uplink/testing/simulation'
import type fc from 'fast-check'
import { brokenPromises } from './broken-promises.ts'
import { createModelDataset, DATASET_ID, type ModelDataset } from './model-dataset.ts'
import type { EditPlan, Plan, RequestPlan } from './plan.ts'
import { type Answer, sendToGateway } from './send-to-gateway.ts'

export interface Simulation {
  readonly plan: Plan
  readonly world: World
  readonly dataset: ModelDataset
  readonly store: ModelStore
  /** Every answer that a gateway gave, also to clients that no longer waited for it. */
  readonly answers: Answer[]
  /** The second in which each gateway got its request. */
  readonly startedAt: Map<string, number>
}

const settings = readSettings(
  new SettingsReader({ CKAN_URL: 'https://ckan.example', GATEWAY_URL: 'https://files.example', BUCKET_NAME: 'files' }),
)

/**
 * Runs requests of many files with faults and people's edits. Then each client repeats its request without faults.
 * Returns every broken promise as a sentence.
 */
export async function simulateRequests(scheduler: fc.Scheduler, plan: Plan): Promise<readonly string[]> {
  const restore = withoutChance()
  try {
    const world = createWorld(scheduler, plan.faults, ['gateway'])
    const dataset = createModelDataset(world, plan.initial)
    const simulation = { plan, world, dataset, store: createModelStore(world), answers: [], startedAt: new Map() }
    await scheduler.waitFor(
      Promise.all([
        ...plan.requests.map((_, index) => clientSends(simulation, index)),
        ...plan.edits.map((edit, index) => personEdits(simulation, edit, index)),
      ]),
    )
    world.calm()
    for (const index of plan.requests.keys()) await scheduler.waitFor(sendOnce(simulation, index, 'last'))
    const broken = brokenPromises(simulation)
    return broken.length === 0 ? [] : [...broken, ...story(simulation)]
  } finally {
    restore()
  }
}

/** Sends the request again while no answer arrives. Ends when all attempts have ended. */
async function clientSends(simulation: Simulation, index: number): Promise<void> {
  const { world, plan } = simulation
  const { after, patience } = requestAt(plan, index)
  await waitTurns(world, after)
  const attempts: Promise<boolean>[] = []
  for (const [attempt, turns] of patience.entries()) {
    const answered = sendOnce(simulation, index, String(attempt))
    attempts.push(answered)
    if (await Promise.race([answered, waitTurns(world, turns).then(() => false)])) break
  }
  await Promise.all(attempts)
}

/** Whether the gateway gave the uploads. A gateway that ends gives no answer. */
async function sendOnce(simulation: Simulation, index: number, attempt: string): Promise<boolean> {
  const { world, dataset, store, plan, answers } = simulation
  const { names, isByName } = requestAt(plan, index)
  const gateway = createActor(`gateway of ${index}.${attempt}`)
  simulation.startedAt.set(gateway.name, world.now())
  const ports = { authorizer: dataset.as(gateway), store: store.as(gateway) }
  const body = {
    id: DATASET_ID,
    request: `4f7c2a90-6d0b-4e0f-9c55-${String(index).padStart(12, '0')}`,
    files: names.map((name) => ({ name })),
    ...(isByName && { replace_by: 'name' }),
  }
  const sent = sendToGateway({ ...ports, world, settings }, 'dataset_upload', `user-${index % 2}`, body)
  const answer = await Promise.race([sent, gateway.died])
  if (!answer) return false
  answers.push({ ...answer, index, attempt, at: world.now() })
  return answer.status === 200
}

function requestAt({ requests }: Plan, index: number): RequestPlan {
  const request = requests[index]
  if (request === undefined) throw new Error(`The plan has no request ${index}.`)
  return request
}

async function personEdits({ world, dataset }: Simulation, edit: EditPlan, index: number): Promise<void> {
  await waitTurns(world, edit.after)
  await world.call(createActor('person'), edit.kind, () => {
    const { entries, deleted } = dataset
    const at = edit.place % Math.max(entries.length, 1)
    const entry = entries[at]
    if (edit.kind === 'add') {
      const id = `7a0d2b6c-9b1f-4e53-8c2d-${String(index).padStart(12, '0')}`
      entries.push({ id, name: edit.name, title: '', by: 'person' })
    } else if (entry !== undefined) {
      if (edit.kind === 'title') entry.title = `title of edit ${index}`
      if (edit.kind === 'rename') entry.name = edit.name
      if (edit.kind === 'delete') {
        entries.splice(at, 1)
        deleted.set(entry.id, world.now())
      }
    }
  })
}

async function waitTurns(world: World, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await world.pass()
}

/** What happened, for readers of a failure. */
function story({ plan, dataset, answers }: Simulation): readonly string[] {
  return [
    JSON.stringify(plan),
    ...dataset.entries.map((entry) => `in the dataset: ${JSON.stringify(entry)}`),
    `deleted: ${JSON.stringify([...dataset.deleted])}`,
    ...answers.map((answer) => JSON.stringify(answer)),
  ]
}
