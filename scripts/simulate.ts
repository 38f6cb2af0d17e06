import { parseArgs } from 'node:util'
import { planArbitrary, simulate } from '@ckan-uplink/testing/simulation'
import fc from 'fast-check'

const HELP = `Runs the linker under random schedules, faults and people's edits.

  npm run simulate -- --runs 100000            more schedules than npm test runs
  npm run simulate -- --seed 42 --path 17   exactly the failing run that was printed`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(HELP)
} else {
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  const property = fc.asyncProperty(fc.scheduler(), planArbitrary, async (scheduler, plan) => {
    const faults = await simulate(scheduler, plan)
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  const started = Date.now()
  const result = await fc.check(property, {
    numRuns: Number(values.runs),
    seed,
    ...(values.path !== undefined && { path: values.path }),
  })
  if (result.failed) {
    console.error(fc.defaultReportMessage(result))
    console.error(String(result.errorInstance))
    // The first step of the path is the run that failed; the others only make it smaller.
    console.error(`Replay: npm run simulate -- --seed ${seed} --path ${result.counterexamplePath?.split(':', 1)[0]}`)
    process.exitCode = 1
  } else {
    console.log(
      `${result.numRuns} schedules, seed ${seed}: every promise held (${((Date.now() - started) / 1000).toFixed(1)} s).`,
    )
  }
}
