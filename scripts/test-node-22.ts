import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { exitWith } from './infra/exit-with.ts'
import { installProject } from './infra/install.ts'
import { ROOT, run } from './infra/run.ts'

const PROJECT = 'test/node-22/'
const NODE = `${ROOT}${PROJECT}node_modules/node/bin/node`
/** The tests that start the bundles that deploy, of every cloud that has such bundles. */
const TESTS = '/test/bundles/'

/** Runs the tests of the bundles for Node again, with the bundles on the oldest Node that they are built for. */
async function main(words: readonly string[]): Promise<number> {
  await installProject(PROJECT)
  const { stdout } = await promisify(execFile)(NODE, ['--version'])
  console.log(`The functions run on Node ${stdout.trim()}, the tests on Node ${process.version}.`)
  process.env['FUNCTIONS_NODE'] = NODE
  return run(['vitest', 'run', TESTS, ...words])
}

await exitWith(main(process.argv.slice(2)))
