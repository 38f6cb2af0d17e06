import { buildFileKey, recordKey, type UploadRecord, writeRecord } from '@ckan-uplink/core/uploads'
import type fc from 'fast-check'
import { type CheckOptions, type CheckResult, checkPlans } from './check.ts'
import { uploadId } from './clients.ts'
import { type EditPlan, type Plan, planArbitrary, type UploadPlan } from './plan.ts'
import { recordOf } from './readings.ts'
import { simulate } from './simulate.ts'
import { BUCKET, LIMIT, type Simulation, settings, waitTurns } from './simulation.ts'
import { createActor } from './world.ts'

const OWNER = 'dataset'
const OTHER = 'another dataset'
const SIZES = { a: 10, b: 10, X: 20 }
const LONGEST_WAIT = 300
/** People delete a file by all other edits. */
const KEEPING: readonly EditPlan['kind'][] = ['url', 'title', 'field']

/** A file that no resource links to: the id of its upload, and its place. */
interface OwnedFile {
  readonly id: string
  readonly key: string
  readonly location: string
}

/** Runs schedules of files that no resource links to: people delete them in CKAN, and give them away. */
export function checkSchedules(options: CheckOptions): Promise<CheckResult> {
  return checkPlans(planArbitrary, simulateFiles, options)
}

/** The uploads and edits of the plan are those of such files. The resources have no part in it. */
function simulateFiles(scheduler: fc.Scheduler, plan: Plan): Promise<readonly string[]> {
  const files = plan.uploads.map((_, index): OwnedFile => {
    const id = uploadId(0, index)
    const key = buildFileKey(settings.keyPrefix, { uploadId: id, fileName: 'data.csv' })
    return { id, key, location: key.slice(settings.keyPrefix.length) }
  })
  return simulate(
    scheduler,
    { ...plan, uploads: [], edits: [], removals: [] },
    {
      struck: 'linker',
      run: (simulation) => {
        simulation.active += files.length
        return [
          ...files.map((file, index) => clientUploads(simulation, file, plan.uploads[index])),
          ...plan.edits.map((edit) => personEdits(simulation, files[edit.resource % files.length], edit)),
        ]
      },
      faultsOf: (simulation) => files.flatMap((file) => fileFaults(simulation, file)),
    },
  )
}

/** Asks for a URL, and puts the contents to it. The URL takes an object only while there is none. */
async function clientUploads(simulation: Simulation, { id, key }: OwnedFile, plan?: UploadPlan): Promise<void> {
  const { world, store, queue } = simulation
  const client = createActor('client')
  await waitTurns(world, plan?.after ?? 0)
  const record: UploadRecord = {
    version: 1,
    id,
    entity: { type: 'file', id },
    key,
    owner: { type: 'resource', id: OWNER, pinned: true },
    declared: { name: 'Data.csv' },
    limits: { max_bytes: LIMIT },
    state: 'issued',
  }
  await writeRecord(store.as(createActor('gateway')), { record, etag: undefined })
  for (const [turn, content] of (plan?.puts ?? []).entries()) {
    if (turn > 0) await waitUntilDeleted(simulation, key)
    await world.call(client, `PUT ${content}`, () => {
      if (store.objects.has(key)) return
      store.put(key, new Uint8Array(SIZES[content]), `content-${content}-${turn}`)
      queue.send({ bucket: BUCKET, key, kind: 'created' }, plan?.copies ?? 1)
    })
  }
  simulation.active -= 1
}

async function waitUntilDeleted({ world, store }: Simulation, key: string): Promise<void> {
  for (let turn = 0; turn < LONGEST_WAIT && store.objects.has(key); turn += 1) await waitTurns(world, 1)
}

/** People see a file once it belongs to its owner. CKAN removes its object with it. */
async function personEdits(simulation: Simulation, file: OwnedFile | undefined, edit: EditPlan): Promise<void> {
  const { world, ckan, store } = simulation
  const isSeen = () => (ckan.files.get(file?.location ?? '')?.owner ?? 'service') !== 'service'
  for (let turn = 0; turn < LONGEST_WAIT && !isSeen(); turn += 1) await waitTurns(world, 1)
  await waitTurns(world, edit.after)
  await world.call(createActor('person'), `${edit.kind} a file`, () => {
    const shown = ckan.files.get(file?.location ?? '')
    if (file === undefined || shown === undefined || shown.owner === 'service') return
    if (edit.kind === 'url') shown.owner = OTHER
    if (KEEPING.includes(edit.kind)) return
    ckan.files.delete(file.location)
    store.objects.delete(file.key)
  })
}

/** In the end, users have exactly the files whose objects are there and valid, with their names and owners. */
function fileFaults({ ckan, store }: Simulation, { id, key, location }: OwnedFile): readonly string[] {
  const shown = ckan.files.get(location)
  const object = store.objects.get(key)?.object
  const record = recordOf(store.objects.get(recordKey(id))?.bytes)
  const isValid = object !== undefined && object.size <= LIMIT
  if (!isValid) {
    // Only the service sees a file whose linker ended between the registration and the look at the object.
    if (shown === undefined || shown.owner === 'service') return []
    return [`${location} is a file of ${shown.owner}, but its object is absent or refused.`]
  }
  // A linker does not find a file that was given away before it noted the id. Nor does it notice its deletion.
  const isUnknown = record?.file?.step === 'given' && record.file.id === undefined
  if (shown === undefined)
    return isUnknown ? [] : [`${location} has an object, but CKAN has no file: ${JSON.stringify(record)}`]
  const isKnown = record?.file?.id === shown.id || (shown.owner === OTHER && record?.file?.id === undefined)
  // Nor does it know then whether the last step is done. The next reconciliation does.
  const isDone = record?.state === 'linked' && (record.file?.step === 'given' || shown.owner === OTHER) && isKnown
  return isDone && shown.name === 'Data.csv' && [OWNER, OTHER].includes(shown.owner)
    ? []
    : [`${location} is the file ${JSON.stringify(shown)}, and the record says ${JSON.stringify(record)}.`]
}
