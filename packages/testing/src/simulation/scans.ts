import { type ScanDeps, scanFile } from '@ckan-uplink/core/operations'
import { type StoredVerdict, waitingFiles } from '@ckan-uplink/core/uploads'
import type fc from 'fast-check'
import { type CheckOptions, type CheckResult, checkPlans } from './check.ts'
import { type Plan, planArbitrary } from './plan.ts'
import { ownOf, recordOf } from './readings.ts'
import { simulate } from './simulate.ts'
import { BUCKET, type Simulation, settings, waitTurns } from './simulation.ts'
import { type Actor, createActor } from './world.ts'

const SCANNERS = 2
const ROUNDS = 12
const PAUSE_TURNS = 8

/** Contents of this kind are infected. */
const INFECTED = /^content-b/u

/** Runs schedules with a scan gate and two scanners, which crash as linkers do. */
export function checkScans(options: CheckOptions): Promise<CheckResult> {
  return checkPlans(planArbitrary, simulateScans, options)
}

function simulateScans(scheduler: fc.Scheduler, plan: Plan): Promise<readonly string[]> {
  return simulate(scheduler, plan, {
    struck: 'scanner',
    settings: { scanner: 'clamav' },
    run: (simulation) => Array.from({ length: SCANNERS }, (_, index) => scannerRuns(simulation, index)),
    settle: (simulation) => scanAll(simulation, createActor('operator')),
    faultsOf: scanFaults,
  })
}

/** A crash ends one scanner, and the next takes its place. */
async function scannerRuns(simulation: Simulation, index: number): Promise<void> {
  for (let round = 0; round < ROUNDS && simulation.active > 0; round += 1) {
    const actor = createActor(`scanner${index}`)
    await Promise.race([scanAll(simulation, actor).catch(() => 0), actor.died])
    await waitTurns(simulation.world, PAUSE_TURNS)
  }
}

/** Returns the number of files that waited. */
async function scanAll(simulation: Simulation, actor: Actor): Promise<number> {
  const deps = depsFor(simulation, actor)
  let count = 0
  for await (const file of waitingFiles(deps.store)) {
    count += 1
    const etag = simulation.store.objects.get(file.key)?.object.etag ?? ''
    const scan = async () => (INFECTED.test(etag) ? ({ result: 'infected', found: 'b' } as const) : CLEAN)
    await scanFile({ ...deps, scan }, file)
  }
  return count
}

const CLEAN = { result: 'clean' } as const

/** A call of the linker becomes an event, as any object below the prefix of files. */
function depsFor(
  { world, store, queue }: Simulation,
  actor: Actor,
): Omit<ScanDeps, 'scan'> & { store: ReturnType<typeof store.as> } {
  const own = store.as(actor)
  const clock = { now: () => new Date(Date.UTC(2030, 0, 1) + world.now() * 1000) }
  return {
    settings,
    clock,
    store: {
      ...own,
      async put(key, bytes, options) {
        const etag = await own.put(key, bytes, options)
        if (key.startsWith(settings.keyPrefix)) queue.send({ bucket: BUCKET, key, kind: 'created' }, 1)
        return etag
      },
    },
  }
}

/** Every promise of the scan gate that this run broke. */
function scanFaults({ ckan, store }: Simulation): readonly string[] {
  const verdicts = store.changes.filter(({ key }) => key.startsWith('uplink/scans/verdicts/'))
  const cleanAt = (id: string, version: string) =>
    verdicts.find(({ key, after }) => key.endsWith(`/${id}/${version}.json`) && readResult(after) === 'clean')?.at
  const early = [...ckan.resources.values()].flatMap(({ id, history }) =>
    history.flatMap(({ by, at, after }) => {
      const own = by === 'linker' ? ownOf(after) : undefined
      const clean = own && cleanAt(own.uploadId ?? `plain-${id}`, own.version)
      return own === undefined || (clean !== undefined && clean <= at) ? [] : [`${id}: ${after} was linked unscanned.`]
    }),
  )
  const left = [...store.objects].flatMap(([key, { bytes }]) => {
    const record = key.startsWith('uplink/uploads/') ? recordOf(bytes) : undefined
    return record?.state === 'scanning' && store.objects.has(record.key) ? [`${key} is still ${record.state}.`] : []
  })
  return [...early, ...left]
}

function readResult(text: string): StoredVerdict['result'] {
  return JSON.parse(text).result
}
