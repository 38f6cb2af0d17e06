import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type CliOptions, cliCommand, cliEnvironment } from '../../../packages/cli/test/support/cli.ts'

const execute = promisify(execFile)

export interface Typist extends CliOptions {
  /** Pairs of a prompt and its answer. */
  readonly answers?: readonly (readonly [string, string])[]
}

/** Runs a command in a terminal. Returns the shown text and the exit code. */
export async function inTerminal(
  args: readonly string[],
  { cwd, program, env, answers = [] }: Typist,
): Promise<{ readonly shown: string; readonly code: number }> {
  const options = {
    cwd,
    env: cliEnvironment({ TERM: 'xterm-256color', ...env }),
    maxBuffer: 16 * 1024 ** 2,
    timeout: 240_000,
  }
  const words = [join(import.meta.dirname, 'in_terminal.py'), JSON.stringify(answers), ...cliCommand(args, program)]
  return execute('python3', words, options).then(
    ({ stdout }) => ({ shown: stdout, code: 0 }),
    ({ stdout, code }) => ({ shown: stdout, code }),
  )
}
