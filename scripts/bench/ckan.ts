import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createCkanClient } from '@ckan-uplink/ckan'
import { systemClock } from '@ckan-uplink/core'
import { readSites, type Site } from '../ckan/sites.ts'
import { measureAgain } from './again.ts'
import type { Cost } from './cost.ts'
import { measureFolders } from './folder.ts'
import { measureMany } from './many.ts'
import { type Measurement, measureBatches, measureFirst, measureFloor, measureOurs } from './measure.ts'
import { createScene, type Scene } from './scene.ts'

const HELP = `Measures the linker on real CKANs (npm run ckan -- up brings them up): 200 uploads into 10 datasets, against the
first version's way and against the floor, which is one bare package_show and package_revise a dataset. Then 200
uploads into 20 datasets in batches of 20 messages: dataset by dataset, and one file of each dataset in turn. Then
folders of 60 and 300 small files into one dataset by the command line, against CKAN's own upload file by file, and
against the floor: two bare calls, alone and with the files put to the bucket. Then 1,000 uploads into 100 datasets
through the local edition: a request for each dataset, and a request for each file of each dataset in turn, against the
first version's linker. Last, a user's first and later requests for an upload URL in datasets of 1 and of 300 resources.

  npm run bench:ckan
  npm run bench:ckan -- --json bench-ckan.json
  npm run bench:ckan -- --only folders --files 60,300,1000 --rounds 3   the median of three rounds
  npm run bench:ckan -- --only many --size 20x10   20 datasets of 10 resources in place of 100
  npm run bench:ckan -- --only linker|mixed|folders|many|again --site 2.12`

const CALLS_AT_ONCE = 4
const READS_AT_ONCE = 200
const ROUNDS = 5
const MIXED = { datasets: 20, resources: 10 }

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    files: { type: 'string', default: '60,300' },
    rounds: { type: 'string', default: '1' },
    size: { type: 'string', default: '100x10' },
    site: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const PARTS: Readonly<Record<string, (site: Site) => Promise<Record<string, object>>>> = {
  linker: benchSite,
  mixed: benchMixed,
  folders: benchFolders,
  many: benchMany,
  again: benchAgain,
}

if (values.help) console.log(HELP)
else await bench()

async function bench(): Promise<void> {
  const sites = readSites().filter(({ name }) => values.site === undefined || values.site === name)
  if (sites.length === 0) throw new Error('No such real CKAN is running: bring some up with npm run ckan -- up')
  const parts = Object.entries(PARTS).filter(([name]) => values.only === undefined || values.only === name)
  if (parts.length === 0) throw new Error(`--only takes one of ${Object.keys(PARTS).join(', ')}.`)
  const tables: Record<string, Record<string, object>> = {}
  for (const [name, measure] of parts) {
    const table = {}
    for (const site of sites) {
      console.log(`CKAN ${site.name}: ${name} …`)
      Object.assign(table, await measure(site))
    }
    console.table(table)
    tables[name] = table
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(tables, null, 2)}\n`)
}

async function benchFolders(site: Site): Promise<Record<string, ReturnType<typeof rowOfCost>>> {
  const costs = await measureFolders(site, values.files.split(',').map(Number), Number(values.rounds))
  await idle(site)
  return Object.fromEntries(
    [...costs].flatMap(([count, { ours, own, floor, floorWithFiles }]) => [
      [`${site.name}, ${count} files`, rowOfCost(ours, floor)],
      ...(own ? [[`${site.name}, ${count} files, CKAN's own way`, rowOfCost(own, floor)]] : []),
      [`${site.name}, ${count} files, floor`, rowOfCost(floor, floor)],
      [`${site.name}, ${count} files, floor and the files put to the bucket`, rowOfCost(floorWithFiles, floor)],
    ]),
  )
}

async function benchMany(site: Site): Promise<Record<string, ReturnType<typeof rowOfCost>>> {
  const [datasets = 0, resources = 0] = values.size.split('x').map(Number)
  const { first, byDataset, inTurn } = await measureMany(site, { datasets, resources }, () => idle(site))
  for (const [name, { actions }] of Object.entries({ 'dataset by dataset': byDataset, 'in turn': inTurn }))
    console.log(`Calls of ${site.name}, ${name}: ${JSON.stringify(actions)}`)
  return {
    [`${site.name}, first version`]: rowOfCost(first, first),
    [`${site.name}, dataset by dataset`]: rowOfCost(byDataset, first),
    [`${site.name}, one file of each in turn`]: rowOfCost(inTurn, first),
  }
}

async function benchAgain(site: Site): Promise<Record<string, object>> {
  const rows: [string, object][] = []
  for (const resources of [1, 300]) {
    const { first, later } = await measureAgain(site, resources)
    rows.push([`${site.name}, first request in ${resources}`, rowOfCost(first, first)])
    rows.push([`${site.name}, later request in ${resources}`, rowOfCost(later, first)])
  }
  return Object.fromEntries(rows)
}

/** A cost beside the cost that it is compared with. */
function rowOfCost({ seconds, calls, cpuSeconds, actions }: Cost, base: Cost) {
  const round = (value: number): number => Number(value.toFixed(2))
  return {
    seconds: round(seconds),
    'seconds, ratio': round(seconds / base.seconds),
    calls,
    "CKAN's CPU, s": round(cpuSeconds),
    'CPU, ratio': round(cpuSeconds / base.cpuSeconds),
    ...(values.json !== undefined && { actions }),
  }
}

async function benchSite(site: Site): Promise<Record<string, ReturnType<typeof rowOf>>> {
  const { url, tokens, organization } = site
  const scene = await createScene({ url, token: tokens.admin, organization, concurrency: CALLS_AT_ONCE })
  const measure = async (method: (scene: Scene) => Promise<Measurement>): Promise<Measurement> => {
    const measured = await method(scene)
    await idle(site)
    return measured
  }
  try {
    await idle(site)
    const first = await measure(measureFirst)
    const floors: Measurement[] = []
    const ours: Measurement[] = []
    // Alternating, so that other load on the machine affects both. The median of each counts.
    for (let round = 0; round < (site.xloader ? 1 : ROUNDS); round += 1) {
      floors.push(await measure(measureFloor))
      ours.push(await measure((scene) => measureOurs(scene, READS_AT_ONCE)))
    }
    return { [site.name]: rowOf(first, median(floors), median(ours)) }
  } finally {
    await scene.close()
  }
}

/** The same uploads in two orders, as clients send them: a batch then holds one dataset, or a file of each. */
async function benchMixed(site: Site): Promise<Record<string, ReturnType<typeof mixedRowOf>>> {
  const { url, tokens, organization } = site
  const target = { url, token: tokens.admin, organization, concurrency: CALLS_AT_ONCE }
  const scene = await createScene(target, MIXED)
  try {
    const byDataset = await measureBatches(scene, READS_AT_ONCE, (events) => batchesOf(events))
    await idle(site)
    const inTurn = await measureBatches(scene, READS_AT_ONCE, (events) => batchesOf(interleaved(events)))
    await idle(site)
    return {
      [`${site.name}, dataset by dataset`]: mixedRowOf(byDataset),
      [`${site.name}, one file of each in turn`]: mixedRowOf(inTurn),
    }
  } finally {
    await scene.close()
  }
}

/** Orders events, which come dataset by dataset, by their place in the dataset. */
function interleaved<T>(events: readonly T[]): readonly T[] {
  const byPlace = Map.groupBy(events.entries(), ([index]) => index % MIXED.resources)
  return [...byPlace.values()].flat().map(([, event]) => event)
}

function batchesOf<T>(events: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(events.length / MIXED.datasets)
  return Array.from({ length: count }, (_, batch) => events.slice(batch * MIXED.datasets, (batch + 1) * MIXED.datasets))
}

function mixedRowOf({ seconds, reads, writes }: Measurement) {
  return { seconds: Number(seconds.toFixed(2)), reads, writes }
}

/** Each write of a table creates a load job of some seconds. This removes all jobs before the next measurement. */
async function idle({ url, tokens, xloader }: Site): Promise<void> {
  if (!xloader) return
  const client = createCkanClient({ url, concurrency: 1, timeoutMs: 60_000 })
  await client.call('job_clear', {}, tokens.admin)
  // The job in progress.
  await systemClock.sleep(15_000)
}

function median(measurements: readonly Measurement[]): Measurement {
  const middle = measurements.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(measurements.length / 2)]
  if (!middle) throw new Error('Nothing was measured.')
  return middle
}

function rowOf(first: Measurement, floor: Measurement, ours: Measurement) {
  const round = (value: number): number => Number(value.toFixed(2))
  return {
    'first version, s': round(first.seconds),
    'floor, s': round(floor.seconds),
    'ours, s': round(ours.seconds),
    'of it CKAN, s': round(ours.ckanSeconds),
    calls: ours.reads + ours.writes,
    'ours ÷ floor': round(ours.seconds / floor.seconds),
    'times as fast as the first': round(first.seconds / ours.seconds),
  }
}
