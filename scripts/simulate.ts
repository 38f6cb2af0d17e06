import { parseArgs } from 'node:util'
import { checkFiles, checkScans, checkSchedules } from '@ckan-uplink/testing/simulation'
import { checkSchedules as checkRequests } from '../packages/gateway/test/simulation/index.ts'
import { checkSchedules as checkRestores } from '../packages/gateway/test/simulation/restores.ts'
import { huntPlantedFaults } from './planted-faults.ts'

const HELP = `Runs the linker under random schedules, faults and people's edits. With --requests it runs requests of many files.

  npm run simulate -- --runs 100000          more schedules than npm test runs
  npm run simulate -- --requests --runs 10000  requests of many files, repeated after lost answers
  npm run simulate -- --restores --runs 10000  earlier files restored among uploads, removals and edits
  npm run simulate -- --scans --runs 10000   files that wait for a virus scanner
  npm run simulate -- --files --runs 10000   files without a resource, which people delete and give away
  npm run simulate -- --daily                the seed of this day (UTC), at most an hour
  npm run simulate -- --seed 42 --path 17    exactly the failing run that was printed
  npm run simulate -- --planted              faults planted in linker and gateway, each of which must be found`

const DAILY = { runs: 200_000, seconds: 3600 }

const CHECKS = { requests: checkRequests, restores: checkRestores, scans: checkScans, files: checkFiles } as const
const NAMES = ['requests', 'restores', 'scans', 'files'] as const

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
    daily: { type: 'boolean', default: false },
    requests: { type: 'boolean', default: false },
    restores: { type: 'boolean', default: false },
    scans: { type: 'boolean', default: false },
    files: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(HELP)
else if (values.planted) process.exitCode = await huntPlantedFaults(Number(values.runs ?? 100_000))
else process.exitCode = await run()

async function run(): Promise<number> {
  const name = NAMES.find((one) => values[one])
  const check = name === undefined ? checkSchedules : CHECKS[name]
  const seed = Number(values.seed ?? (values.daily ? seedOfToday() : Date.now() % 2 ** 31))
  const bounds = values.daily ? DAILY : { runs: 20_000 }
  const started = Date.now()
  console.log(`Seed ${seed}.`)
  const { runs, failure } = await check({
    ...bounds,
    ...(values.runs !== undefined && { runs: Number(values.runs) }),
    ...(values.path !== undefined && { path: values.path, runs: 1 }),
    seed,
  })
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  if (failure === undefined) {
    console.log(`${runs} schedules, seed ${seed}: every promise held (${seconds} s).`)
    return 0
  }
  console.error(failure.story)
  console.error(
    `Replay: npm run simulate -- ${name === undefined ? '' : `--${name} `}--seed ${seed} --path ${failure.path}`,
  )
  return 1
}

/** Such as 20300131. */
function seedOfToday(): number {
  return Number(new Date().toISOString().slice(0, 10).replaceAll('-', ''))
}
