import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface CliOptions {
  readonly cwd: string
  /** `ckan-uplink` as it is published when absent; `npm run uplink` has the operators' commands. */
  readonly program?: 'ckan-uplink' | 'npm run uplink'
  /** Beside `PATH` and `HOME`: nothing of the tests' own environment is passed on. */
  readonly env: Readonly<Record<string, string>>
}

const MAIN = { 'ckan-uplink': '../../packages/cli/src/main.ts', 'npm run uplink': '../../scripts/uplink.ts' } as const

/** What starts the command line as its users do, from its sources. */
export function cliCommand(
  args: readonly string[],
  program: CliOptions['program'] = 'ckan-uplink',
): readonly [string, ...string[]] {
  return [process.execPath, '-C', 'source', fileURLToPath(new URL(MAIN[program], import.meta.url)), ...args]
}

export function cliEnvironment(env: CliOptions['env']): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env }
}

/** The command line as a process, its output in pipes. */
export function startCli(args: readonly string[], { cwd, env, program }: CliOptions): ChildProcess {
  const [command, ...rest] = cliCommand(args, program)
  return spawn(command, rest, { cwd, env: cliEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs it to its end. */
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

/** What `--json` has printed. */
export function linesOf(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
