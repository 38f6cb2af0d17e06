import { type Printer, toMilliseconds } from '@ckan-uplink/cli'
import { type Command, InvalidArgumentError } from 'commander'
import type { OpenEnvironment, WhichEnvironment } from '../open-environment.ts'

/** What every operator's command is given. */
export interface CommonOptions extends WhichEnvironment {
  readonly json: boolean
}

/** What it works with. */
export interface Work extends OpenEnvironment {
  readonly printer: Printer
  readonly signal: AbortSignal
}

/** Runs a command on the environment that its options name; what it gives is how many things failed, or were found. */
export type RunOn = <Options extends CommonOptions>(
  options: Options,
  command: (work: Work) => Promise<number>,
) => Promise<void>

/** The options that every operator's command takes. */
export function common(command: Command): Command {
  return command
    .option('--env <name>', 'the environment, by its name in environments.ts; else UPLINK_ENV, else the local edition')
    .option('--gateway <url>', "the gateway's address, where AWS chose it (gatewayBy execute-api)")
    .option('--json', 'print one JSON object a line', false)
}

/** A parser of options: a time, or how long ago, such as `7d`. */
export function toTime(text: string): { readonly text: string; readonly time: Date } {
  const time = /^\d{4}-/u.test(text) ? new Date(text) : new Date(Date.now() - toMilliseconds(text))
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError(
      'It has to be a time such as 2026-11-01 or 2026-11-01T12:00:00Z, or an age such as 7d.',
    )
  return { text, time }
}

/** What failed so far; who stopped it is told, and that not all is done. */
export function failuresUnlessStopped(
  failures: number,
  signal: AbortSignal,
  howToGoOn = 'the same command goes on with what is left.',
): number {
  if (!signal.aborted) return failures
  console.error(`Stopped: ${howToGoOn}`)
  return Math.max(1, failures)
}
