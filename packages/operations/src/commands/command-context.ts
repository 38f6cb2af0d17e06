import { type Printer, toMilliseconds } from '@ckan-uplink/cli'
import { type Command, InvalidArgumentError } from 'commander'
import type { EnvironmentChoice, OpenEnvironment } from '../open-environment.ts'

/** The options of every operator command. */
export interface CommonOptions extends EnvironmentChoice {
  readonly json: boolean
}

/** What a command gets: the open environment, its output, and the signal of Ctrl-C. */
export interface CommandContext extends OpenEnvironment {
  readonly printer: Printer
  readonly signal: AbortSignal
}

/** Runs a command on the chosen environment. The command returns its number of failures or findings. */
export type RunOn = <Options extends CommonOptions>(
  options: Options,
  command: (context: CommandContext) => Promise<number>,
) => Promise<void>

export function addCommonOptions(command: Command): Command {
  return command
    .option('--env <name>', 'environment, a name in environments.ts (default: UPLINK_ENV, or the local edition)')
    .option(
      '--gateway <url>',
      'address of the gateway, if the cloud chose it and you may not read it (gatewayBy execute-api)',
    )
    .option('--json', 'print one JSON object per line', false)
}

/** Parses the value of an option: a point in time, or an age such as `7d`. */
export function toTime(text: string): { readonly text: string; readonly time: Date } {
  const time = /^\d{4}-/u.test(text) ? new Date(text) : new Date(Date.now() - toMilliseconds(text))
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Give a time such as 2026-11-01 or 2026-11-01T12:00:00Z, or an age such as 7d.')
  return { text, time }
}

/** Parses the value of an option: what keys begin with. It ends in a slash, unless it is empty. */
export function toPrefix(text: string): string {
  return text.replace(/^\/+|\/+$/gu, '').replace(/.$/u, '$&/')
}

/** The number of failures. If the operator stopped the command, it says how to continue and returns at least 1. */
export function failuresOrStopped(
  failures: number,
  signal: AbortSignal,
  howToContinue = 'Run the same command again to process the rest.',
): number {
  if (!signal.aborted) return failures
  console.error(`Stopped. ${howToContinue}`)
  return Math.max(1, failures)
}
