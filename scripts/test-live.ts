import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { clouds } from '../infra/clouds.ts'
import { installClients } from '../test/live/clients/python.ts'
import { LAST, SIDE_BY_SIDE } from '../test/live/rows.ts'
import { startSite } from './ckan/ckan-instance.ts'
import { installPackages } from './ckan/debian-packages.ts'
import { down } from './ckan/down.ts'
import { type Instance, instances, siteService } from './ckan/instances.ts'
import { createProgress, type Progress, StepFailure } from './ckan/progress.ts'
import { pidOf } from './ckan/service.ts'
import { startSolr } from './ckan/solr.ts'

const HELP = `Runs the live suite: starts the real CKANs, runs test/live with them, and stops the CKANs that it has started.
The tests of a cloud start its emulator themselves.

  npm run test:live                        everything
  npm run test:live -- road                only test files with "road" in their path; arguments of Vitest may follow

CKANs that ran before keep running. Exit code 0: every test passed.
`

const repository = fileURLToPath(new URL('..', import.meta.url))
const progress = createProgress(process.stdout)
const interruption = new AbortController()
const ofClouds = await findCloudLiveTests()

async function main(words: readonly string[]): Promise<number> {
  const before = instances.filter((instance) => pidOf(siteService(instance)) !== undefined)
  const own = instances.filter((instance) => !before.includes(instance))
  say(before.length === 0 ? 'No CKAN runs yet.' : `Already running: CKAN ${namesOf(before)}.`)
  try {
    say(`Bringing up CKAN ${namesOf(instances)}.`)
    const failed = await run(['scripts/ckan/main.ts', 'up'])
    if (failed !== 0) return failed
    say('Installing the tools of the tests of clouds and browsers.')
    await installPackages(progress, {
      chromium: 'chromium',
      'clamav-daemon': 'clamd',
      'firefox-esr': 'firefox-esr',
      openssl: 'openssl',
      'r-base-core': 'Rscript',
      rclone: 'rclone',
    })
    for (const { install } of ofClouds) await install(progress)
    // Several rows need them at once.
    await progress.step('Third-party clients in Python', installClients)
    say('Running test/live.')
    const code = words.length === 0 ? await testSideBySide() : await test(words)
    await restore(before)
    return code
  } finally {
    for (const { stop } of ofClouds) await stop?.()
    if (own.length > 0) {
      say(`Taking down CKAN ${namesOf(own)}.`)
      await down(own, progress)
    }
  }
}

function testRow(name: string, log?: string): Promise<number> {
  return test(['--project', name], log)
}

function test(words: readonly string[], log?: string): Promise<number> {
  return run(['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/live/vitest.config.ts', ...words], log)
}

/** The output of the first row comes at once, and that of the others at their end. */
async function testSideBySide(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-live-'))
  const rows = SIDE_BY_SIDE.map(async ({ name }, index) => {
    const log = index === 0 ? undefined : join(folder, `${name}.log`)
    return { log, code: await testRow(name, log) }
  })
  const codes: number[] = []
  for (const { log, code } of await Promise.all(rows)) {
    codes.push(code)
    if (log) await pipeline(createReadStream(log), process.stdout, { end: false })
  }
  await rm(folder, { recursive: true })
  codes.push(await testRow(LAST.name))
  for (const [index, { name }] of [...SIDE_BY_SIDE, LAST].entries())
    say(`Row ${name}: ${codes[index] === 0 ? 'passed' : `failed with exit code ${codes[index]}`}.`)
  return Math.max(...codes)
}

/** What `scripts/<cloud>/live-tests.ts` exports where the tests of a cloud need an emulator. */
interface CloudLiveTests {
  install(progress: Progress): Promise<void>
  stop?(): Promise<void>
}

async function findCloudLiveTests(): Promise<readonly CloudLiveTests[]> {
  const files = Object.keys(clouds).map((cloud) => new URL(`${cloud}/live-tests.ts`, import.meta.url))
  return Promise.all(files.filter((file) => existsSync(file)).map((file): Promise<CloudLiveTests> => import(file.href)))
}

/**
 * Runs a script until it ends or is interrupted, then kills its remaining processes. Returns its exit code.
 * `log`: a file for the output. Default: the output of this process.
 */
async function run(words: readonly string[], log?: string): Promise<number> {
  if (interruption.signal.aborted) return 1
  const output = log === undefined ? 'inherit' : openSync(log, 'w')
  // A new process group, because interrupted tests leave workerd behind.
  const child = spawn(process.execPath, words, {
    cwd: repository,
    detached: true,
    stdio: ['ignore', output, output],
  })
  const interrupt = () => child.kill('SIGINT')
  interruption.signal.addEventListener('abort', interrupt)
  const [code] = await once(child, 'close')
  interruption.signal.removeEventListener('abort', interrupt)
  endGroup(child.pid)
  return code ?? 1
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Starts CKANs and Solr that an interrupted test has left paused or stopped. */
async function restore(before: readonly Instance[]): Promise<void> {
  if (before.length > 0) await startSolr(progress)
  await Promise.all(before.map((instance) => startSite(instance, progress)))
}

function say(line: string): void {
  process.stdout.write(`\n${line}\n`)
}

function namesOf(some: readonly Instance[]): string {
  return some.map(({ name }) => name).join(', ')
}

function explain(failure: unknown): string {
  const cause = failure instanceof StepFailure ? `: ${explain(failure.cause)}` : ''
  return failure instanceof Error ? `${failure.message}${cause}` : String(failure)
}

const words = process.argv.slice(2)
if (words.includes('--help')) {
  process.stdout.write(HELP)
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort())
  try {
    const code = await main(words)
    process.exitCode = interruption.signal.aborted ? 130 : code
  } catch (failure) {
    process.stderr.write(`\n${explain(failure)}\n`)
    process.exitCode = 1
  }
}
