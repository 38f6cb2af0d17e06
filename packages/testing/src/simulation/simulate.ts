import { createHash } from 'node:crypto'
import {
  buildKey,
  consume,
  type LinkDeps,
  type LinkedUrl,
  parseLinkedUrl,
  readSettings,
  reconcile,
  recordKey,
  type Settings,
  SettingsReader,
  type UploadRecord,
  writeRecord,
} from '@ckan-uplink/core'
import type fc from 'fast-check'
import { type Ask, faultsOf, versionOfEtag } from './invariants.ts'
import { createModelCkan, type ModelCkan, type ModelResource } from './model-ckan.ts'
import { createModelStore, type ModelStore } from './model-store.ts'
import type { EditPlan, Plan, UploadPlan } from './plan.ts'
import { createQueue, type Queue } from './queue.ts'
import { type Actor, createActor, createWorld, type World } from './world.ts'

const BUCKET = 'files'
const SIZES = { a: 10, b: 10, X: 20 }
export const LIMIT = 15
const BATCHES = 40

export const settings: Settings = readSettings(
  new SettingsReader({
    CKAN_URL: 'https://ckan.example',
    GATEWAY_URL: 'https://files.example',
    BUCKET_NAME: BUCKET,
    MAX_UPLOAD_BYTES: String(LIMIT),
    STORE_CONCURRENCY: '3',
    CKAN_CONCURRENCY: '2',
  }),
)

/** Everything there is in one run. */
export interface Simulation {
  readonly plan: Plan
  readonly world: World
  readonly ckan: ModelCkan
  readonly store: ModelStore
  readonly queue: Queue
  readonly asks: Ask[]
  /** ETags of contents that are larger than allowed. */
  readonly largeEtags: Set<string>
  /** Linkers at work. */
  busy: number
  /** Clients that still have something to put. */
  active: number
}

/**
 * Runs one plan under one schedule, with faults, then lets the linkers finish without faults; gives every broken
 * promise as a sentence, none when all held. The same plan and schedule give the same run.
 */
export async function simulate(scheduler: fc.Scheduler, plan: Plan): Promise<readonly string[]> {
  const restore = digestAtOnce()
  try {
    const simulation = createSimulation(scheduler, plan)
    await scheduler.waitFor(runAll(simulation))
    await scheduler.waitFor(drain(simulation))
    const broken = faultsOf(simulation)
    const before = simulation.ckan.writes()
    const again = await scheduler.waitFor(reconcileAll(simulation))
    const faults = [...broken, ...again, ...(simulation.ckan.writes() === before ? [] : ['Reconciling wrote to CKAN though it showed the truth.'])]
    return faults.length > 0 ? [...faults, ...story(simulation)] : []
  } finally {
    restore()
  }
}

/** What happened, for whoever reads a failure. */
function story({ ckan, store, queue, asks }: Simulation): string[] {
  return [
    ...asks.map((ask) => `asked: ${JSON.stringify(ask)}`),
    ...[...ckan.resources.values()].flatMap(({ id, history }) => history.map((write) => `${id}: ${JSON.stringify(write)}`)),
    ...store.changes.map(({ key, after }) => `${key}: ${after}`),
    ...queue.answered.map(({ event, outcome }) => `${event.key}: ${JSON.stringify(outcome)}`),
  ]
}

/** WebCrypto answers from another thread, at a time of its own; a run that replays exactly can't have that. */
function digestAtOnce(): () => void {
  const original = crypto.subtle.digest
  const digest = (_: unknown, data: BufferSource): Promise<ArrayBuffer> => {
    const bytes = createHash('sha256')
      .update(data as Uint8Array)
      .digest()
    return Promise.resolve(new Uint8Array(bytes).buffer)
  }
  crypto.subtle.digest = digest
  return () => {
    crypto.subtle.digest = original
  }
}

function createSimulation(scheduler: fc.Scheduler, plan: Plan): Simulation {
  const world = createWorld(scheduler, plan.faults)
  const ckan = createModelCkan(world)
  for (const [index, { dataset, initial }] of plan.resources.entries()) {
    const id = `resource-${index}`
    const url = initial === 'link' ? `https://elsewhere.example/${index}.csv` : ''
    const fixed = { state: 'active', urlType: null, name: null, format: '', mimetype: null, size: null, hash: '', lastModified: null }
    ckan.resources.set(id, { ...fixed, id, datasetId: `dataset-${dataset}`, url, title: 'title', custom: 'custom', isInvalid: false, history: [] })
  }
  return { plan, world, ckan, store: createModelStore(world), queue: createQueue(), asks: [], largeEtags: new Set(), busy: 0, active: plan.uploads.length }
}

async function runAll(simulation: Simulation): Promise<void> {
  const { plan } = simulation
  const uploads = plan.uploads.map((upload, index) => clientUploads(simulation, upload, index))
  const edits = plan.edits.map((edit, index) => personEdits(simulation, edit, index))
  await Promise.all([...uploads, ...edits, linkerRuns(simulation, 1), linkerRuns(simulation, 2)])
}

function resourceAt({ plan, ckan }: Simulation, index: number): ModelResource | undefined {
  return ckan.resources.get(`resource-${index % plan.resources.length}`)
}

async function clientUploads(simulation: Simulation, plan: UploadPlan, index: number): Promise<void> {
  const { world, store, queue } = simulation
  const client = createActor(`client${index}`)
  await waitTurns(world, plan.after)
  const key = plan.plain
    ? buildKey(settings.keyPrefix, { resourceId: `resource-${plan.resource % simulation.plan.resources.length}` })
    : await ask(simulation, plan, index)
  for (const [turn, content] of (key === undefined ? [] : plan.puts).entries()) {
    await world.call(client, `PUT ${content}`, () => {
      // A plain key is put anew with a content of its own, so that every version is told apart.
      const etag = plan.plain ? `content-${content}-${index}-${turn}` : `content-${content}`
      store.put(key ?? '', new Uint8Array(SIZES[content]), etag)
      if (SIZES[content] > LIMIT) simulation.largeEtags.add(etag)
      queue.send({ bucket: BUCKET, key: key ?? '', kind: 'created' }, plan.copies)
    })
  }
  simulation.active -= 1
}

/** What the gateway does when it signs: look at the resource, then note the intent. */
async function ask(simulation: Simulation, { gateway, ...plan }: UploadPlan, index: number): Promise<string | undefined> {
  const { world, store, asks } = simulation
  const actor = createActor(`gateway${gateway}`)
  const seen = await world.call(actor, 'resource_show', () => {
    const resource = resourceAt(simulation, plan.resource)
    return resource && { id: resource.id, datasetId: resource.datasetId, url: resource.url, lastModified: resource.lastModified, at: world.now() }
  })
  if (seen === undefined) return undefined
  const shown = parseLinkedUrl(settings, seen.url)?.uploadId
  const id = uploadId(seen.at + (gateway === 0 ? 0 : simulation.plan.skewSeconds), index, shown)
  const key = buildKey(settings.keyPrefix, { resourceId: seen.id, uploadId: id, fileName: 'data.csv' })
  const record: UploadRecord = {
    version: 1,
    id,
    entity: { type: 'resource', id: seen.id, dataset_id: seen.datasetId },
    key,
    previous_url: seen.url,
    previous_last_modified: seen.lastModified,
    declared: { name: 'data.csv' },
    limits: { max_bytes: LIMIT },
    state: 'issued',
  }
  await writeRecord(store.as(actor), { record, etag: undefined })
  asks.push({ id, key, resourceId: seen.id, at: seen.at, previousUrl: seen.url })
  return key
}

/** A UUIDv7 of this second and number, later than the one that CKAN shows. */
function uploadId(second: number, index: number, after = ''): string {
  const at = (seconds: number): string => {
    const stamp = (Date.UTC(2030, 0, 1) + seconds * 1000).toString(16).padStart(12, '0')
    return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${index.toString(16).padStart(3, '0')}-8000-000000000000`
  }
  const id = at(second)
  if (id > after) return id
  return at((Number.parseInt(after.replaceAll('-', '').slice(0, 12), 16) - Date.UTC(2030, 0, 1)) / 1000 + 1)
}

/** Spreads what people do over the run. */
async function waitTurns(world: World, turns: number): Promise<void> {
  const idler = createActor('time')
  for (let turn = 0; turn < turns; turn += 1) await world.call(idler, 'passes', () => undefined)
}

async function personEdits(simulation: Simulation, edit: EditPlan, index: number): Promise<void> {
  const { world } = simulation
  await waitTurns(world, edit.after)
  await world.call(createActor('person'), edit.kind, () => {
    const resource = resourceAt(simulation, edit.resource)
    if (resource) applyEdit(simulation, resource, edit.kind, index)
  })
}

function applyEdit(simulation: Simulation, resource: ModelResource, kind: EditPlan['kind'], index: number): void {
  const { ckan } = simulation
  if (kind === 'title') resource.title = `title of edit ${index}`
  if (kind === 'field') resource.custom = `custom of edit ${index}`
  if (kind === 'url') ckan.setUrl(resource, 'person', `https://people.example/${index}.csv`)
  if (kind === 'undo') undo(simulation, resource)
  if (kind === 'delete') ckan.resources.delete(resource.id)
  if (kind === 'invalidate') resource.isInvalid = true
}

/**
 * Puts back what stood there before the last change. An earlier upload is put back only at rest: while the later one is
 * still being noted as linked, nothing in CKAN tells a person's step back from an upload that is yet to come.
 */
function undo({ ckan, store, busy }: Simulation, resource: ModelResource): void {
  const last = resource.history.at(-1)
  if (last === undefined) return
  const bytes = store.objects.get(recordKey(parseLinkedUrl(settings, last.after)?.uploadId ?? ''))?.bytes
  const isNoted = bytes !== undefined && JSON.parse(new TextDecoder().decode(bytes)).linked !== undefined
  const own = parseLinkedUrl(settings, last.before)
  if (!own || (isNoted && busy === 0 && isStillThere(store, own))) ckan.setUrl(resource, 'person', last.before)
}

/** An earlier upload whose URL was used again holds another file by now: putting it back shows that one. */
function isStillThere({ objects }: ModelStore, own: LinkedUrl): boolean {
  const object = objects.get(buildKey(settings.keyPrefix, { fileName: 'data.csv', ...own }))?.object
  return object !== undefined && versionOfEtag(object.etag) === own.version
}

async function linkerRuns(simulation: Simulation, number: number): Promise<void> {
  const { world, queue, plan } = simulation
  for (let batch = 0; batch < BATCHES && (simulation.active > 0 || queue.waiting() > 0); batch += 1) {
    const linker = createActor(`linker${number}`)
    const deliveries = await world.call(createActor(`queue${number}`), 'take', () => queue.take(plan.batchSize))
    if (deliveries.length > 0) await linkerHandles(simulation, linker, deliveries)
  }
}

async function linkerHandles(simulation: Simulation, linker: Actor, deliveries: ReturnType<Queue['take']>): Promise<void> {
  const { queue } = simulation
  simulation.busy += 1
  const outcomes = await Promise.race([consume(depsFor(simulation, linker), (body) => [body as never], deliveries), linker.died])
  simulation.busy -= 1
  if (!outcomes) return queue.release(deliveries)
  for (const [index, delivery] of deliveries.entries()) {
    const outcome = outcomes[index]
    if (outcome) queue.answer(delivery, outcome)
  }
}

function depsFor({ world, ckan, store }: Simulation, actor: Actor): LinkDeps {
  const clock = { now: () => new Date(Date.UTC(2030, 0, 1) + world.now() * 1000), sleep: () => Promise.resolve() }
  return { settings, catalog: ckan.as(actor), store: store.as(actor), clock, logger: { log: () => {} } }
}

/** No more faults: what waits is delivered until nothing does. */
async function drain(simulation: Simulation): Promise<void> {
  simulation.world.calm()
  for (let batch = 0; batch < BATCHES && simulation.queue.waiting() > 0; batch += 1) {
    await linkerHandles(simulation, createActor('linker-drain'), simulation.queue.take(100))
  }
}

async function reconcileAll(simulation: Simulation): Promise<string[]> {
  const faults: string[] = []
  for await (const { event, outcome } of reconcile(depsFor(simulation, createActor('linker-reconcile')))) {
    if (outcome.kind === 'linked' || outcome.kind === 'retry') faults.push(`Reconciling ${event.key} ended in ${outcome.kind} after everything was delivered.`)
  }
  return faults
}
