import { Argument, type Command, Option } from 'commander'
import { type LogLine, PROGRAMS, type Program } from '../clouds/log-reader.ts'
import type { FindDeployment } from '../open-environment.ts'
import { toTime } from './command-context.ts'
import { followLog } from './follow-log.ts'
import { openLogs, parseLine } from './open-logs.ts'

const HELP = `
The gateway answers callers, the linker links what arrives, and the reconciliation runs each night. Each line has the
time and the text of the log, which is JSON for the lines of ckan-uplink. A line is in the cloud's log some seconds
after it was written, in some clouds after minutes. The command calls neither CKAN nor the gateway.

Examples:
  npm run uplink -- logs linker --env production
  npm run uplink -- logs gateway --since 15m --follow
  npm run uplink -- logs reconcile --since 2026-11-27T03:00:00Z --json`

const DEFAULT_SINCE = '1h'

interface LogsOptions {
  readonly env?: string
  readonly json: boolean
  readonly since: ReturnType<typeof toTime>
  readonly follow: boolean
}

/** `logs`: prints the log of a program of a deployment. */
export function addLogs(
  program: Command,
  { find, signal }: { readonly find: FindDeployment; readonly signal: AbortSignal },
): void {
  program
    .command('logs')
    .description('Print the log of the gateway, the linker or the reconciliation')
    .addArgument(new Argument('<program>', 'whose log').choices(PROGRAMS))
    .option('--env <name>', 'environment, a name in environments.ts (default: UPLINK_ENV)')
    .addOption(
      new Option('--since <time>', 'a time, or an age such as 15m or 7d')
        .argParser(toTime)
        .default(toTime(DEFAULT_SINCE), DEFAULT_SINCE),
    )
    .option('--follow', 'go on with the lines that arrive, until Ctrl-C', false)
    .option('--json', 'print one JSON object per line', false)
    .addHelpText('after', HELP)
    .action(async (name: Program, options: LogsOptions) => {
      const reader = await openLogs(find, options.env, process.env)
      const since = options.since.time
      const lines = options.follow
        ? followLog(reader, name, { since, signal })
        : reader.read(name, { from: since, to: new Date() })
      for await (const line of lines) {
        if (signal.aborted) return
        console.log(options.json ? toJson(name, line) : `${line.at.toISOString()}  ${line.text}`)
      }
    })
}

function toJson(program: Program, { at, text }: LogLine): string {
  return JSON.stringify({ at, program, line: parseLine(text) })
}
