import { type Command, Option } from 'commander'
import { PROGRAMS } from '../clouds/log-reader.ts'
import type { FindDeployment } from '../open-environment.ts'
import { toTime } from './command-context.ts'
import { openLogs } from './open-logs.ts'
import { type Counted, createTally, type Figures } from './tally-log.ts'

const HELP = `
Counts the lines of the logs: upload URLs, outcomes, the seconds from an upload to its link, why uploads wait, parked
messages, and failures. An upload that waits is counted at each attempt. The command calls neither CKAN nor the gateway.

Examples:
  npm run uplink -- figures --env production
  npm run uplink -- figures --since 7d --json`

const DEFAULT_SINCE = '24h'

interface FiguresOptions {
  readonly env?: string
  readonly json: boolean
  readonly since: ReturnType<typeof toTime>
}

/** `figures`: sums up the logs of a deployment. */
export function addFigures(
  program: Command,
  { find, signal }: { readonly find: FindDeployment; readonly signal: AbortSignal },
): void {
  program
    .command('figures')
    .description('Sum up the logs: uploads, outcomes, time to link, why uploads wait, failures')
    .option('--env <name>', 'environment, a name in environments.ts (default: UPLINK_ENV)')
    .addOption(
      new Option('--since <time>', 'a time, or an age such as 15m or 7d')
        .argParser(toTime)
        .default(toTime(DEFAULT_SINCE), DEFAULT_SINCE),
    )
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', HELP)
    .action(async ({ env, since, json }: FiguresOptions) => {
      const reader = await openLogs(find, env, process.env)
      const period = { from: since.time, to: new Date() }
      const tally = createTally()
      for (const name of PROGRAMS)
        for await (const { text } of reader.read(name, period)) {
          if (signal.aborted) return
          tally.add(text)
        }
      const figures = tally.figures()
      console.log(json ? JSON.stringify({ ...period, ...figures }) : toText(figures))
    })
}

const FIRST = ['linked', 'retry', 'parked']

function toText({ requested, outcomes, seconds, waiting, parked, failures }: Figures): string {
  const names = [...FIRST, ...Object.keys(outcomes).filter((name) => !FIRST.includes(name))]
  return [
    row('upload URLs', requested),
    ...names.map((name) => row(name, outcomes[name] ?? 0)),
    ...(seconds ? [row('seconds to link', `${seconds.median} (median), ${seconds.p95} (95 %)`)] : []),
    ...section('Why uploads wait', waiting),
    ...section('Parked messages', parked),
    ...section('Failures', failures),
  ].join('\n')
}

function row(name: string, value: number | string): string {
  return `${name.padEnd(18)}${value}`
}

function section(title: string, counted: readonly Counted[]): readonly string[] {
  return counted.length === 0
    ? []
    : ['', title, ...counted.map(({ text, times }) => `${String(times).padStart(7)}  ${text.replace(/\s+/gu, ' ')}`)]
}
