import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

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

/** Runs the command line to its end. */
export async function runCli(
  args: readonly string[],
  options: CliOptions,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = startCli(args, options)
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => (stream === null ? '' : text(stream))),
  )
  return { code: await ended, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** The objects that `--json` printed. */
export function linesOf(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
