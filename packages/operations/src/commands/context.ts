import type { Printer } from '@ckan-uplink/cli'
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
export type RunOn = <Options extends CommonOptions>(options: Options, command: (work: Work) => Promise<number>) => Promise<void>

/** The options that every operator's command takes. */
export function common(command: Command): Command {
  return command
    .option('--env <name>', 'the environment, by its name in environments.ts; else UPLINK_ENV, else the local edition')
    .option('--gateway <url>', "the gateway's address, where it isn't the one of environments.ts")
    .option('--json', 'print one JSON object a line', false)
}

export function toSeconds(text: string): number {
  if (/^[1-9]\d{0,5}$/u.test(text)) return Number(text)
  throw new InvalidArgumentError('It has to be a whole number of seconds from 1 on.')
}
