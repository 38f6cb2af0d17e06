import { type ChildProcess, spawn } from 'node:child_process'
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { run } from '../../src/program.ts'

export interface CliOptions {
  readonly cwd: string
  /** Default: `ckan-uplink` as it is published. `npm run uplink` also has the operators' commands. */
  readonly program?: 'ckan-uplink' | 'npm run uplink'
  /**
   * Set beside `PATH`, `HOME` and the cache of compiled modules. The tests pass on no other variable of their own
   * environment.
   */
  readonly env: Readonly<Record<string, string>>
}

const MAIN = { 'ckan-uplink': '../../src/main.ts', 'npm run uplink': '../../../../scripts/uplink.ts' } as const

/** The words that start the command line from its sources. */
export function cliCommand(
  args: readonly string[],
  program: CliOptions['program'] = 'ckan-uplink',
): readonly [string, ...string[]] {
  return [process.execPath, '-C', 'source', fileURLToPath(new URL(MAIN[program], import.meta.url)), ...args]
}

/** Without a cache, half of a program's start would be the removal of types. */
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/compile', import.meta.url))

export function cliEnvironment(env: CliOptions['env']): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', NODE_COMPILE_CACHE: CACHE, ...env }
}

/** Starts the command line as a process with its output in pipes. */
export function startCli(args: readonly string[], { cwd, env, program }: CliOptions): ChildProcess {
  const [command, ...rest] = cliCommand(args, program)
  return spawn(command, rest, { cwd, env: cliEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The exit code and the output of a command. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line as a process to its end. */
export async function runCliProcess(args: readonly string[], options: CliOptions): Promise<Ended> {
  const child = startCli(args, options)
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => (stream === null ? '' : text(stream))),
  )
  return { code: await ended, stdout: stdout ?? '', stderr: stderr ?? '' }
}

let former: Promise<unknown> = Promise.resolve()

/**
 * Runs the command line to its end, inside the process of the test: a process of its own needs a third of a second for
 * its start. One command runs at a time, because its folder, variables and output are those of the process. A command
 * with `NODE_OPTIONS` runs as a process, because Node reads them at its start.
 */
export function runCli(args: readonly string[], options: CliOptions): Promise<Ended> {
  if (options.env['NODE_OPTIONS'] !== undefined) return runCliProcess(args, options)
  const ended = former.then(() => runHere(args, options))
  former = ended.catch(() => {})
  return ended
}

async function runHere(args: readonly string[], { cwd, env, program }: CliOptions): Promise<Ended> {
  const { operators } = program === 'npm run uplink' ? await import('../../../../scripts/operators.ts') : {}
  const [stdout, stderr] = [collect(), collect()]
  const folder = process.cwd()
  const before = ['env', 'stdout', 'stderr'].map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)] as const,
  )
  const { console: shown } = globalThis
  process.chdir(cwd)
  for (const [name, value] of Object.entries({ env: cliEnvironment(env), stdout, stderr }))
    Object.defineProperty(process, name, { value, configurable: true, writable: true })
  globalThis.console = new Console(stdout, stderr)
  try {
    const code = await run(args, new AbortController().signal, operators)
    return { code, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    globalThis.console = shown
    for (const [name, descriptor] of before) Object.defineProperty(process, name, descriptor ?? {})
    process.chdir(folder)
  }
}

function collect(): Writable & { text(): string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() })
}

/** The objects that `--json` printed. */
export function linesOf(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
